/** `1 round`, `2 rounds`. */
export function countText(count: number, noun: string): string {
    return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A share as `49.5%`. Only nothing is 0% and only everything is 100%, however close it comes. */
export function percentText(share: number): string {
    const percent = share * 100;
    if (percent === 0 || percent === 100) {
        return `${percent}%`;
    }
    if (percent < 0.1) {
        return "< 0.1%";
    }
    return percent > 99.9 ? "> 99.9%" : `${percent.toFixed(1)}%`;
}

/** `2.1 ms`, `134 ms`, or a dash where nothing was measured. */
export function millisecondsText(milliseconds: number | undefined): string {
    if (milliseconds === undefined) {
        return "–";
    }
    return `${milliseconds.toFixed(milliseconds < 9.95 ? 1 : 0)} ms`;
}

/** `4.2 s`, `3 min 5 s`. */
export function secondsText(seconds: number): string {
    if (seconds < 59.95) {
        return `${seconds.toFixed(1)} s`;
    }
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** An ISO 8601 time as `2026-03-01 12:34:56 UTC`; a text that is none stays as it is. */
export function timeText(iso: string): string {
    const time = new Date(iso);
    return Number.isNaN(time.getTime())
        ? iso
        : time.toISOString().replace("T", " ").replace(/\..*$/, " UTC");
}
