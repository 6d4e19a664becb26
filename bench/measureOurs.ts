import { stepTitle } from "../src/proof/timeline/steps";
import { Flip, askersOf, flipSeconds, flips } from "./flips";
import { InterruptedError } from "./interruption";
import { OurStack } from "./ours";
import { Site } from "./site";

/** Updates without a change in each round, of each kind. */
const noChangeRuns = 3;

/** Brings a pair up by this project, measures what the plan has, and takes it down. @throws Error if a step fails. */
export async function measureOurs(site: Site): Promise<void> {
    const { measured } = site;
    const stack = site.newStack(1);
    await timeUp(site, stack);
    await site.identify(stack.config(), stack.apis());
    await site.measureNodes("ours", stack.nodes());
    if (measured.has("no-change")) {
        await measureNoChange(site, stack);
    }
    for (const flip of measured.has("flip") ? flips : []) {
        const seconds = await timeFlip(site, stack, flip);
        measured.add("flip", `flip ${flip.name}`, "ours", seconds);
    }
    const down = await site.seconds(() => site.remove(stack.stack));
    measured.add("down", "down", "ours", down);
}

/** Brings up one pair after the other and measures, at each number of the plan, the last one and all together. */
export async function measureGrowth(site: Site): Promise<void> {
    const { measured, plan, tools } = site;
    const stacks: OurStack[] = [];
    const most = Math.max(...plan.pairs);
    for (let pairs = 1; pairs <= most; pairs++) {
        tools.machine.say(`growth: pair ${pairs} of ${most}`);
        const stack = site.newStack(pairs);
        let up: number;
        try {
            up = await site.seconds(() => stack.up());
        } catch (error) {
            if (error instanceof InterruptedError) {
                throw error;
            }
            measured.leaveOut(`growth from ${pairs} pairs on`, (error as Error).message);
            return;
        }
        stacks.push(stack);
        if (plan.pairs.includes(pairs)) {
            await site.identify(stack.config(), stack.apis());
            measured.add("growth", "up of the last of", "ours", up, { pairs });
            const nodes = stacks.flatMap((each) => each.nodes());
            await site.measureNodes("ours", nodes, pairs);
            for (const flip of flips.filter(({ change }) => change[0] === "sharedService")) {
                const seconds = await timeFlip(site, stack, flip);
                const measure = `flip ${flip.name} in the last of`;
                measured.add("growth", measure, "ours", seconds, { pairs });
            }
        }
    }
}

/** Measures an `up` from nothing, with the steps of its longest chain as parts. */
async function timeUp(site: Site, stack: OurStack): Promise<void> {
    const { measured } = site;
    const up = await site.seconds(() => stack.up());
    const chain = stack.chain();
    if (chain === undefined) {
        measured.add("up", "up", "ours", up);
        return;
    }
    const parts: Record<string, number> = {};
    for (const { step, workMs } of chain.links) {
        const title = stepTitle(step);
        parts[title] = (parts[title] ?? 0) + workMs / 1000;
    }
    measured.add("up", "up", "ours", up, { parts });
    measured.add("up", "up against its longest chain", "ours", chain.ratio, { unit: "times" });
}

async function measureNoChange(site: Site, stack: OurStack): Promise<void> {
    const kinds = {
        "pulumi up --skip-preview": () => stack.pulumiUp(),
        "pulumi up": () => stack.pulumiUp({ preview: true }),
        "npm run up (with proof)": () => stack.up(),
    };
    for (const [name, work] of Object.entries(kinds)) {
        for (let i = 0; i < noChangeRuns; i++) {
            site.measured.add("no-change", `no change: ${name}`, "ours", await site.seconds(work));
        }
    }
}

/** Seconds until the last answer that a change forbids. */
async function timeFlip({ tools }: Site, stack: OurStack, { change }: Flip): Promise<number> {
    await stack.set(change);
    return flipSeconds({
        ask: askersOf(stack.config(change), stack.apis()),
        change: () => stack.pulumiUp(),
        time: tools.time,
    });
}
