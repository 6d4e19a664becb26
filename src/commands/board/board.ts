import { readProject } from "../../config/declaration";
import { requireLabConfig } from "../../config/parseLabConfig";
import { chosenStack, currentStack } from "../chosenStack";
import { Declare, numberOption } from "../command";
import { applyingTo } from "./applyChanges";
import { serveBoard } from "./boardSite";
import { LiveBoard } from "./liveBoard";
import { fileProgress } from "./progress";
import { reaching } from "./reach";
import { untilInterrupted } from "./server";

export const declare: Declare = (command) =>
    command
        .description(
            `Serves a live page of the lab on this machine: who answers whom, and why, with settings, exercises and the tour.
While a page is open, an x-wing pod of each cluster sends ten requests a second. Ctrl-C ends everything.`,
        )
        .ofStack()
        .option(
            "--port <number>",
            "port on 127.0.0.1; 0 picks a free one",
            numberOption("--port", 0, 65535),
            0,
        )
        .option("--read-only", "show the lab but change nothing, for a projector")
        .does(board);

interface Options {
    readonly stack?: string;
    readonly port: number;
    readonly readOnly?: boolean;
}

async function board({ stack: given, port, readOnly: isReadOnly = false }: Options) {
    const home = chosenStack(given);
    const { name: stack } = home;
    const configOf = (own: Readonly<Record<string, string>>) =>
        requireLabConfig(own, readProject());
    // What is wrong with it is better said here than on a page.
    configOf(home.values);
    const live = new LiveBoard({
        stack,
        isDefaultStack: stack === currentStack(),
        isReadOnly,
        now: Date.now,
        read: reaching(stack),
        ownValues: () => home.reread().values,
        configOf,
        apply: applyingTo(stack),
        progress: fileProgress(stack),
    });
    const server = await serveBoard({ stack, board: live, isReadOnly, port });
    return untilInterrupted(
        server,
        `Stack ${stack}${isReadOnly ? ", read only" : ""}`,
        "ending; a change under way is cancelled first",
    );
}
