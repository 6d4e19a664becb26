import { Declare, LabCommand, seconds, numberOption } from "../command";

type Work = typeof import("./work");

export const declare: Declare = (command) => {
    // Every lab at work has a lock that is released at the process's end.
    process.setMaxListeners(0);
    command
        .description(
            "Runs one lab, in a stack of its own, for each student listed in a file (default: students.yaml).",
        )
        .usage("<command> [options] [file]")
        .addHelpText(
            "after",
            "\nExit codes: 0 all well, 1 some failed, 2 wrong usage, file or config, 130 Ctrl-C.",
        );
    ofFile(command, "up", "bring every lab up, or reconcile it with its config, and prove it")
        .option(
            "--parallel <number>",
            "labs to bring up at a time (default: as many as memory allows)",
            numberOption("--parallel", 1, 999),
        )
        .does(run("up"));
    ofFile(command, "down", "delete every student's clusters, state and files").does(run("down"));
    ofFile(command, "status", "show what there is of every lab")
        .option("--report <file>", "also write it as a page")
        .does(run("status"));
    ofFile(command, "board", "serve a live page of all labs on this machine, for a projector")
        .option(
            "--port <number>",
            "port on 127.0.0.1; 0 picks a free one",
            numberOption("--port", 0, 65535),
            0,
        )
        .does<{ readonly port: number }>(async (...given) =>
            (await import("./wall/wall")).board(...given),
        );
    ofFile(command, "verify", "ask in every lab who answers")
        .option(
            "--within <seconds>",
            "longest wait for a change to arrive, 0 to 3600 (default: 60)",
            seconds,
        )
        .does(run("verify"));
    ofFile(command, "set", "set config keys for all students")
        .argument("[key=value...]", "any config key of the stack")
        .does(run("set"));
    command
        .command("reap")
        .description("list the labs of this checkout that are past their ttlHours")
        .option("--yes", "remove them")
        .does(run("reap"));
    return command;
};

function ofFile(command: LabCommand, name: string, description: string): LabCommand {
    return command
        .command(name)
        .description(description)
        .argument("[file]", "list of the students (default: students.yaml)");
}

/** The work of a command, which is loaded when it is called: Pulumi's library takes a second. */
function run<Name extends keyof Work>(name: Name): Work[Name] {
    const work = async (...given: Parameters<Work[Name]>) => {
        const module = await import("./work");
        return (module[name] as (...all: typeof given) => Promise<number>)(...given);
    };
    return work as Work[Name];
}
