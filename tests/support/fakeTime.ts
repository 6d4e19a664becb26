import { Time } from "../../src/machine/poll";

/** A loop that still runs after a fake day will never end. */
const dayMs = 24 * 60 * 60_000;

/** A clock that starts at zero and moves only while somebody sleeps, which takes no time. */
export function fakeTime(): Time {
    let now = 0;
    return {
        now: () => now,
        sleep: (ms) => {
            now += ms;
            return now < dayMs
                ? Promise.resolve()
                : Promise.reject(new Error("this loop does not end"));
        },
    };
}
