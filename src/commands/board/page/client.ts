/**
 * The browser's side of the board: takes the regions that the server sends into the page, and sends what is clicked.
 * What there is to see and to say is made by the server, from the same code as the report.
 */
import { Idiomorph } from "idiomorph";

/** Milliseconds without a word of the server after which the connection is reopened: the machine has slept. */
const silentMs = 8_000;

/** Milliseconds that a hidden page goes on; then the lab has nobody who looks. */
const hiddenMs = 5_000;

const byId = (id: string) => document.getElementById(id);

let events: EventSource | undefined;
let heardAt = Date.now();
let hiding: number | undefined;
/** What is planned, to be applied. */
let wish: object | undefined;

function connect(): void {
    events?.close();
    heardAt = Date.now();
    const minutes = byId("minutes") as HTMLSelectElement | null;
    // Below the page's own path: a class's server has many of them.
    events = new EventSource(`events?minutes=${minutes?.value ?? ""}`);
    events.onmessage = ({ data }: MessageEvent<string>) => {
        heardAt = Date.now();
        say("live", true);
        for (const [id, html] of Object.entries(JSON.parse(data) as Record<string, string>)) {
            replace(id, html);
        }
    };
    events.onerror = () => {
        say(away(), false);
        // It is answered, and refused: the browser does not try again by itself.
        if (events?.readyState === EventSource.CLOSED) {
            void sayWhyRefused();
        }
    };
}

function away(): string {
    return `The board does not answer; ${document.body.dataset.command} starts it again.`;
}

/** A board that was begun anew does not know this page any more, and says so. */
async function sayWhyRefused(): Promise<void> {
    const response = await fetch(location.pathname).catch(() => undefined);
    if (response?.ok === false) {
        say(await response.text(), false);
    }
}

function say(text: string, isLive: boolean): void {
    const line = byId("connection")!;
    if (line.textContent !== text) {
        line.textContent = text;
        document.body.classList.toggle("stale", !isLive);
    }
}

/** Changes a region in place: what has the focus keeps it, and bars move from where they are. */
function replace(id: string, html: string): void {
    const region = byId(id);
    if (region === null) {
        return;
    }
    const output = region.querySelector(".output");
    const isAtEnd =
        output === null || output.scrollTop + output.clientHeight >= output.scrollHeight - 4;
    // The page's policy forbids styles in attributes, so that nobody can bring some along; these are set by script.
    const content = html.replaceAll(' style="', ' data-style="');
    void Idiomorph.morph(region, content, {
        morphStyle: "innerHTML",
        ignoreActiveValue: true,
        callbacks: {
            // Opened by hand.
            beforeAttributeUpdated: (name: string) => name !== "open",
        },
    });
    for (const element of region.querySelectorAll<HTMLElement>("[data-style]")) {
        element.style.cssText = element.dataset.style ?? "";
    }
    if (isAtEnd) {
        const now = region.querySelector(".output");
        now?.scrollTo(0, now.scrollHeight);
    }
}

async function post(path: string, body: object): Promise<string | undefined> {
    try {
        const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
        const text = await response.text();
        if (response.ok) {
            return text;
        }
        complain(text);
    } catch {
        complain(away());
    }
    return undefined;
}

function complain(text: string): void {
    const line = document.createElement("p");
    line.className = "problems";
    line.setAttribute("role", "alert");
    line.textContent = text;
    byId("plan")?.replaceChildren(line);
    line.scrollIntoView({ block: "nearest" });
}

async function plan(wanted: object): Promise<void> {
    const html = await post("/plan", wanted);
    if (html !== undefined) {
        wish = wanted;
        replace("plan", html);
        byId("plan")?.scrollIntoView({ block: "nearest" });
        byId("plan")?.querySelector<HTMLElement>("input, [data-do=apply]")?.focus();
    }
}

function settings(): Record<string, string> {
    const fields = (byId("settings") as HTMLFormElement).elements;
    const values: Record<string, string> = {};
    for (const field of fields) {
        if (field instanceof HTMLInputElement && field.type === "checkbox") {
            values[field.name] = String(field.checked);
        } else if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
            values[field.name] = field.value;
        }
    }
    return values;
}

function guesses(): Record<string, string[]> {
    const boxes = [...document.querySelectorAll<HTMLInputElement>("#plan .guess input")];
    const given: Record<string, string[]> = {};
    for (const { name, value, checked } of boxes) {
        const own = (given[name.replace("guess-", "")] ??= []);
        if (checked) {
            own.push(value);
        }
    }
    return given;
}

async function apply(more: object): Promise<void> {
    if (wish !== undefined && (await post("/change", { ...wish, ...more })) !== undefined) {
        discard();
        byId("work-title")?.scrollIntoView({ block: "nearest" });
    }
}

function discard(): void {
    wish = undefined;
    byId("plan")?.replaceChildren();
}

const actions: Record<string, (element: HTMLElement) => unknown> = {
    "plan-set": () => plan({ kind: "set", values: settings() }),
    "plan-reconcile": () => plan({ kind: "reconcile" }),
    "plan-restore": () => plan({ kind: "restore" }),
    "plan-exercise": () =>
        plan({ kind: "exercise", name: (byId("exercise") as HTMLSelectElement).value }),
    "plan-step": ({ dataset }) => plan({ kind: "step", index: Number(dataset.index) }),
    "guess-first": (box) => post("/guess-first", { isOn: (box as HTMLInputElement).checked }),
    apply: () => apply({}),
    "apply-guess": () => apply({ guesses: guesses() }),
    discard,
    cancel: () => post("/cancel", {}),
    copy: async (button) => {
        await navigator.clipboard.writeText(button.dataset.text ?? "");
        button.textContent = "Copied";
    },
};

document.addEventListener("click", ({ target }) => {
    const element = (target as Element).closest<HTMLElement>("[data-do]");
    if (element !== null) {
        void actions[element.dataset.do ?? ""]?.(element);
    }
});
document.addEventListener("submit", (event) => event.preventDefault());
byId("minutes")?.addEventListener("change", connect);
document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) {
        hiding = setTimeout(() => events?.close(), hiddenMs);
    } else {
        connect();
    }
});
setInterval(() => {
    if (!document.hidden && Date.now() - heardAt > silentMs) {
        say("connecting again", false);
        connect();
    }
}, 1_000);
connect();
