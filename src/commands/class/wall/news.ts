import { News } from "../../../machine/timeline";

/** What a cluster says when there is nothing left to wait for. */
const isDone = /: ready and meshed after /;

/**
 * What a run does or waits for now, of all that it has said: why it failed, else the last word of each cluster that is
 * not ready yet, since the oldest of them. Undefined for a run that has said nothing.
 */
export function newsNow(said: readonly News[]): News | undefined {
    const failure = said.findLast(({ isFailure }) => isFailure);
    if (failure !== undefined) {
        return failure;
    }
    const last = new Map(said.map((news) => [/^cluster\d+(?=: )/.exec(news.text)?.[0], news]));
    const open = [...last.values()].filter(({ text }) => !isDone.test(text));
    return open.length === 0
        ? said.at(-1)
        : {
              text: open.map(({ text }) => text).join("; "),
              at: Math.min(...open.map(({ at }) => at)),
              isFailure: false,
          };
}
