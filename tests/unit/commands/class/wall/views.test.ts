import { ClassWatch } from "../../../../../src/commands/class/wall/classWatch";
import {
    Places,
    StudentView,
    WallView,
    mostLive,
} from "../../../../../src/commands/class/wall/views";
import { agrees, labFacts } from "../../../../support/fakeClass";

const students = Array.from({ length: mostLive + 1 }, (_, i) => ({
    name: `S${i}`,
    stack: `class-s${i}`,
    config: {},
}));

/** Everything that a test has begun, ended after it. */
let opened: (WallView | StudentView)[] = [];

afterEach(async () => {
    await Promise.all(opened.map((view) => view.stop()));
    opened = [];
});

/** A watch that counts what it does, and boards that say whether they are live. */
function school() {
    const done = { looks: 0, asked: [] as string[] };
    const now = () => 0;
    const watch = new ClassWatch({
        students,
        readFacts: () => {
            done.looks += 1;
            return Promise.resolve(new Map(students.map(({ stack }) => [stack, labFacts()])));
        },
        ask: (stack) => {
            done.asked.push(stack);
            return Promise.resolve(agrees);
        },
        now,
    });
    const places = new Places();
    const live = new Set<string>();
    const views = students.map(
        ({ stack }) =>
            new StudentView({
                stack,
                watch,
                places,
                now,
                board: {
                    start: () => void live.add(stack),
                    stop: () => {
                        live.delete(stack);
                        return Promise.resolve();
                    },
                    regions: () => ({ status: `board of ${stack}`, picture: "" }),
                },
            }),
    );
    const wall = new WallView(watch, now);
    opened.push(wall, ...views);
    return { done, views, live, wall };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("nothing is looked at or asked before somebody looks, nor after the last has gone", async () => {
    const { done, wall, views } = school();
    expect(done).toEqual({ looks: 0, asked: [] });
    wall.start();
    views[0]!.start();
    await turn();
    expect(done.looks).toBe(1);
    await wall.stop();
    views[0]!.start();
    await turn();
    // It went on for the other page, once.
    expect(done.looks).toBe(1);
    await views[0]!.stop();
    wall.start();
    await turn();
    expect(done.looks).toBe(2);
    await wall.stop();
});

test("so many students' labs are live at a time, and whoever comes later waits for a place", async () => {
    const { views, live } = school();
    views.forEach((view) => view.start());
    expect([...live]).toEqual(students.slice(0, mostLive).map(({ stack }) => stack));
    const last = views[mostLive]!;
    expect(last.regions(5).status).toContain(`${mostLive} other labs are looked at already`);
    expect(views[0]!.regions(5)).toMatchObject({ status: "board of class-s0" });
    await views[0]!.stop();
    expect(last.regions(5).status).toBe(`board of class-s${mostLive}`);
    expect(live.has("class-s0")).toBe(false);
    await Promise.all(views.map((view) => view.stop()));
    expect(live.size).toBe(0);
});

test("a page that has gone takes no place, however late it is asked", async () => {
    const { views, live } = school();
    views[0]!.start();
    await views[0]!.stop();
    views[0]!.regions(5);
    expect(live.size).toBe(0);
});

test("a page that is opened again while it still ends keeps its place", async () => {
    const { views, live } = school();
    const all = views.slice(0, mostLive);
    all.forEach((view) => view.start());
    const ending = all[0]!.stop();
    all[0]!.start();
    await ending;
    views[mostLive]!.start();
    expect(live.size).toBe(mostLive);
    expect(live.has("class-s0")).toBe(true);
});
