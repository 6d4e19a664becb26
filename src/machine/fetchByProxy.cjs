"use strict";
/*
 * Gives a program that is not ours a `fetch` that goes by a proxy, LAB_PROXY: Node's own does from 22.21 and 24 on, where
 * it is told to.
 */
const { ProxyAgent, fetch } = require("undici");

const dispatcher = new ProxyAgent(process.env.LAB_PROXY);
globalThis.fetch = (url, options) => fetch(url, { ...options, dispatcher });
