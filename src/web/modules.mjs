// Where the node packages of package-lock.json are: SIDETONE_NODE_MODULES, or .sidetone/node_modules
// of the source tree, or a copy installed into the build tree. Never a global place.

import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const sourceRoot = resolve(here, "../..");

function has(folder, names) {
  return names.every((name) => existsSync(join(folder, name, "package.json")));
}

/** The folder that has all of `names`; installs them under `buildDir` when no other has. */
export function findModules(buildDir, names) {
  const given = process.env.SIDETONE_NODE_MODULES;
  if (given) {
    if (has(given, names)) return resolve(given);
    throw new Error(`SIDETONE_NODE_MODULES=${given} lacks one of: ${names.join(", ")}`);
  }
  const shared = join(sourceRoot, ".sidetone", "node_modules");
  if (has(shared, names)) return shared;
  const own = join(resolve(buildDir), "npm");
  const modules = join(own, "node_modules");
  if (!has(modules, names)) install(own);
  return modules;
}

function install(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of ["package.json", "package-lock.json"])
    copyFileSync(join(here, name), join(folder, name));
  const beside = join(dirname(process.execPath), "npm");
  const npm = existsSync(beside) ? beside : "npm";
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync(npm, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
}
