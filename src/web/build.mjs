// Bundles the dashboard and writes it as C:
//   node build.mjs <build dir> <bundle.c>
// The files themselves are left in <build dir>/dist, which the browser tests serve.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { findModules } from "./modules.mjs";

const here = dirname(fileURLToPath(import.meta.url));

const types = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

async function bundle(buildDir) {
  const modules = findModules(buildDir, ["esbuild", "lit", "uplot"]);
  const esbuild = createRequire(join(modules, "here.js"))("esbuild");
  const dist = join(buildDir, "dist");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await esbuild.build({
    entryPoints: { app: join(here, "app/main.ts") },
    outdir: dist,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2023",
    charset: "utf8",
    legalComments: "inline",
    nodePaths: [modules],
    logLevel: "warning",
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  const styles = await esbuild.build({
    stdin: {
      contents: '@import "uplot/dist/uPlot.min.css";\n@import "./app/app.css";',
      resolveDir: here,
      loader: "css",
    },
    bundle: true,
    minify: true,
    write: false,
    nodePaths: [modules],
    logLevel: "warning",
  });
  writeFileSync(join(dist, "app.css"), styles.outputFiles[0].contents);
  for (const name of ["index.html", "favicon.svg"])
    writeFileSync(join(dist, name), readFileSync(join(here, name)));
  return dist;
}

function cBytes(name, data) {
  const lines = [];
  for (let at = 0; at < data.length; at += 24)
    lines.push("    " + [...data.subarray(at, at + 24)].join(",") + ",");
  return `static const unsigned char ${name}[] = {\n${lines.join("\n")}\n};\n`;
}

function cTable(files) {
  const arrays = files.flatMap((file, i) => [
    cBytes(`plain_${i}`, file.plain),
    cBytes(`gzip_${i}`, file.gzip),
  ]);
  const rows = files.map(
    (file, i) =>
      `    {"${file.path}", "${file.type}", "${file.etag.replaceAll('"', '\\"')}",\n` +
      `     plain_${i}, sizeof(plain_${i}), gzip_${i}, sizeof(gzip_${i})},\n`,
  );
  return (
    `/* Made by src/web/build.mjs. */\n#include "bundle.h"\n\n${arrays.join("\n")}\n` +
    `const struct st_web_file st_bundle_files[] = {\n${rows.join("")}};\n` +
    `const size_t st_bundle_len = ${files.length};\n`
  );
}

function readFiles(dist) {
  return readdirSync(dist)
    .sort()
    .map((name) => {
      const plain = readFileSync(join(dist, name));
      const hash = createHash("sha256").update(plain).digest("hex").slice(0, 16);
      return {
        path: name === "index.html" ? "/" : `/${name}`,
        type: types[name.split(".").pop()],
        etag: `W/"${hash}"`,
        plain,
        gzip: gzipSync(plain, { level: 9 }),
      };
    });
}

const [buildDir, output] = process.argv.slice(2);
writeFileSync(output, cTable(readFiles(await bundle(buildDir))));
