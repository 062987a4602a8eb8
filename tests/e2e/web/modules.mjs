// Node packages of the tests, from wherever the build takes its own.

import { createRequire } from "node:module";
import { join } from "node:path";
import { findModules, sourceRoot } from "../../../src/web/modules.mjs";

export { sourceRoot };
export const buildDir = process.env.SIDETONE_WEB_BUILD ?? join(sourceRoot, "build/src/web");
export const modules = findModules(buildDir, ["axe-core", "esbuild", "playwright-core", "ws"]);
export const load = createRequire(join(modules, "here.js"));
