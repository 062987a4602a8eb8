// The parts of the page that need no page, compiled as the build compiles them.

import { join } from "node:path";
import { load, sourceRoot } from "./modules.mjs";

export async function loadApp() {
  const app = join(sourceRoot, "src/web/app");
  const { outputFiles } = await load("esbuild").build({
    stdin: {
      contents: ["model", "protocol", "route", "format"].map((name) => `export * from "./${name}.ts";`).join(""),
      resolveDir: app,
    },
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
