import { requireEngine } from "../machine/checks";
import { listCache, megabytes, removeFromCache } from "../machine/imageCache";
import { cacheRepository } from "../machine/imageReference";
import { run } from "../machine/run";
import { textTable } from "../machine/terminal";
import { Declare, exitCodes } from "./command";

export const declare: Declare = (command) =>
    command
        .description(
            "Lists the images that the lab keeps in the container engine for the clusters of every stack.",
        )
        .option(
            "--prune",
            "remove them; running clusters keep what they have, and the next one downloads again",
        )
        .does(cache);

async function cache({ prune }: { readonly prune?: boolean }): Promise<number> {
    await requireEngine();
    const images = await listCache(run);
    if (images.length === 0) {
        process.stdout.write("The cache is empty.\n");
        return exitCodes.ok;
    }
    const rows = images.map(({ tag, size }) => [
        tag.slice(cacheRepository.length + 1),
        megabytes(size),
    ]);
    const total = megabytes(images.reduce((sum, { size }) => sum + size, 0));
    // Layers that images share are counted for each.
    process.stdout.write(`${textTable([["image", "size"], ...rows, ["all", total]]).join("\n")}\n`);
    if (prune) {
        await removeFromCache(
            images.map(({ tag }) => tag),
            run,
        );
        process.stdout.write("All of them were removed from the cache.\n");
    } else {
        process.stdout.write("npm run cache -- --prune removes them.\n");
    }
    return exitCodes.ok;
}
