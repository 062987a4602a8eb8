// The bundler drops types without a look; the compiler looks.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findModules } from "../../../src/web/modules.mjs";
import { buildDir, sourceRoot } from "./modules.mjs";

test("the page's types fit", () => {
  const modules = findModules(buildDir, ["typescript", "lit", "uplot"]);
  const stage = mkdtempSync(join(tmpdir(), "sidetone-types-"));
  try {
    symlinkSync(modules, join(stage, "node_modules"));
    for (const name of ["app", "tsconfig.json"])
      symlinkSync(join(sourceRoot, "src/web", name), join(stage, name));
    const args = [join(stage, "node_modules/typescript/bin/tsc"), "-p", stage, "--listFilesOnly"];
    const listed = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.match(listed.stdout, /app\/main\.ts/);
    const { status, stdout, stderr } = spawnSync(process.execPath, args.slice(0, -1), { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  } finally {
    rmSync(stage, { recursive: true });
  }
});
