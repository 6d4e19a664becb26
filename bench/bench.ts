import { HandGuide } from "./byHand";
import { cliGuide } from "./cliGuide";
import { Fingerprint } from "./fingerprint";
import { askPrograms } from "./handPrograms";
import { helmGuide } from "./helmGuide";
import { InterruptedError } from "./interruption";
import { measureByHand } from "./measureByHand";
import { measureGrowth, measureOurs } from "./measureOurs";
import { Measurements } from "./measurements";
import { Plan } from "./plan";
import { BenchTools, Site } from "./site";
import { HandWay, Way, handWaysOf, turnsOf, wayNames } from "./ways";

const guides: Readonly<Record<HandWay, HandGuide>> = { helm: helmGuide, cli: cliGuide };

/** Measures what a plan says, ours and the ways by hand in turn, on real clusters. */
export class Bench {
    /** Versions of the programs of the ways by hand. */
    versions: Readonly<Record<string, string>> = {};
    private readonly site: Site;

    constructor(
        private readonly plan: Plan,
        tools: BenchTools,
    ) {
        this.site = new Site(plan, tools);
    }

    /** What has been measured so far, also after an error. */
    get measured(): Measurements {
        return this.site.measured;
    }

    /** What the measurements depend on; empty before there are any. */
    get fingerprint(): Fingerprint {
        return this.site.fingerprint;
    }

    /** Runs the whole plan. @throws Error if a step of ours fails, InterruptedError if the user has ended it. */
    async run(): Promise<void> {
        const usable = new Set(await this.usableWays());
        const isPaired = this.plan.topics.some((topic) => topic !== "growth");
        for (let round = 1; isPaired && round <= this.plan.rounds; round++) {
            this.site.tools.machine.say(`round ${round} of ${this.plan.rounds}`);
            for (const way of turnsOf(round, [...usable])) {
                if (way === "ours") {
                    await measureOurs(this.site);
                } else if (!(await this.couldMeasure(way, round))) {
                    usable.delete(way);
                }
            }
        }
        if (this.measured.has("growth") && usable.has("ours")) {
            await measureGrowth(this.site);
        }
    }

    /** Takes away what is still there. @throws Error of the first thing that stays. */
    clean(): Promise<void> {
        return this.site.clean();
    }

    /** The plan's ways but those by hand whose programs are not all there. */
    private async usableWays(): Promise<Way[]> {
        const programs = handWaysOf(this.plan.ways).flatMap((way) => guides[way].programs);
        const { versions, problems } = await askPrograms(programs, this.site.tools.machine.run);
        this.versions = versions;
        return this.plan.ways.filter((way) => {
            const needed = way === "ours" ? [] : guides[way].programs;
            const reasons = needed.flatMap(({ program }) => problems[program] ?? []);
            if (reasons.length > 0) {
                this.measured.leaveOut(wayNames[way], reasons.join(", "));
            }
            return reasons.length === 0;
        });
    }

    /** Whether a way by hand was measured; what a failed one has made is taken away. */
    private async couldMeasure(way: HandWay, round: number): Promise<boolean> {
        try {
            await measureByHand(this.site, way, guides[way]);
            return true;
        } catch (error) {
            if (error instanceof InterruptedError) {
                throw error;
            }
            const reason = (error as Error).message;
            this.measured.leaveOut(`${wayNames[way]} from round ${round} on`, reason);
            await this.site.remove(way);
            return false;
        }
    }
}
