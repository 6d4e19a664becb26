import { HandGuide } from "./byHand";
import { askersOf, flipSeconds, flips } from "./flips";
import { configOf } from "./ours";
import { Site } from "./site";
import { HandWay } from "./ways";

/** Makes a pair by a guide, measures what the plan has, and takes it away. @throws Error if a step fails. */
export async function measureByHand(site: Site, way: HandWay, guide: HandGuide): Promise<void> {
    const { measured, tools } = site;
    const config = configOf(tools.values);
    const pair = await site.newPair(way, guide, config);
    const parts = await pair.up();
    const up = Object.values(parts).reduce((sum, value) => sum + value, 0);
    measured.add("up", "up", way, up, { parts });
    const apis = await pair.apis();
    await site.identify(config, apis);
    await site.measureNodes(way, pair.nodes());
    for (const flip of measured.has("flip") ? flips : []) {
        const seconds = await flipSeconds({
            ask: askersOf(configOf(tools.values, flip.change), apis),
            change: () => pair.kubectl(flip.kubectl),
            time: tools.time,
        });
        measured.add("flip", `flip ${flip.name}`, way, seconds);
    }
    const down = await site.seconds(() => site.remove(way));
    measured.add("down", "down", way, down);
}
