// SRTP and SRTCP undone as RFC 3711, 6188 and 7714 say, with nothing but AES and HMAC of Node's own.
//
// Standard input: {"suite", "key": base64 of key and salt, "packets": [hex], "reports": [hex]}, in order of sending.
// Standard output: the payloads of packets, and whole reports, as hex; a wrong tag is an error.
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

const SUITES = {
  AES_CM_128_HMAC_SHA1_80: { key: 16, salt: 14, tag: 10 },
  AES_CM_128_HMAC_SHA1_32: { key: 16, salt: 14, tag: 4 },
  AEAD_AES_128_GCM: { key: 16, salt: 12, tag: 16, isAead: true },
  AEAD_AES_256_GCM: { key: 32, salt: 12, tag: 16, isAead: true },
};
const HEADER = 12, REPORT_HEADER = 8, INDEX = 4, REPORT_TAG = 10;

const counter = (key, iv, data) =>
  createCipheriv(`aes-${key.length * 8}-ctr`, key, iv).update(data);

function derive(master, salt, label, bytes) {
  const iv = Buffer.alloc(16);
  salt.copy(iv);
  iv[7] ^= label;
  return counter(master, iv, Buffer.alloc(bytes));
}

function xorInto(target, source, at) {
  source.forEach((byte, i) => (target[at + i] ^= byte));
  return target;
}

const { suite: name, key: text, packets = [], reports = [] } = JSON.parse(readFileSync(0, "utf8"));
const suite = SUITES[name];
const secret = Buffer.from(text, "base64");
if (secret.length !== suite.key + suite.salt) throw new Error(`a key of ${secret.length} bytes`);
const master = secret.subarray(0, suite.key), masterSalt = secret.subarray(suite.key);
const first = reports.length > 0 ? 3 : 0; // of the labels
const key = derive(master, masterSalt, first, suite.key);
const authentication = derive(master, masterSalt, first + 1, 20);
const salt = derive(master, masterSalt, first + 2, suite.salt);

function openAead(packet, rollover) {
  const iv = Buffer.alloc(12);
  packet.copy(iv, 2, 8, 12);
  rollover.copy(iv, 6);
  packet.copy(iv, 10, 2, 4);
  const cipher = createDecipheriv(`aes-${key.length * 8}-gcm`, key, xorInto(iv, salt, 0));
  cipher.setAAD(packet.subarray(0, HEADER));
  cipher.setAuthTag(packet.subarray(-suite.tag));
  return Buffer.concat([cipher.update(packet.subarray(HEADER, -suite.tag)), cipher.final()]);
}

function openCounter(packet, rollover) {
  const signed = Buffer.concat([packet.subarray(0, -suite.tag), rollover]);
  const tag = createHmac("sha1", authentication).update(signed).digest().subarray(0, suite.tag);
  if (!timingSafeEqual(tag, packet.subarray(-suite.tag))) throw new Error("a wrong tag");
  const iv = Buffer.alloc(16);
  salt.copy(iv);
  xorInto(iv, packet.subarray(8, 12), 4);
  xorInto(iv, rollover, 8);
  xorInto(iv, packet.subarray(2, 4), 12);
  return counter(key, iv, packet.subarray(HEADER, -suite.tag));
}

function openReport(hex) {
  const report = Buffer.from(hex, "hex"), header = report.subarray(0, REPORT_HEADER);
  const end = report.length - (suite.isAead ? 0 : REPORT_TAG), word = report.subarray(end - INDEX, end);
  const index = Buffer.from(word), body = report.subarray(REPORT_HEADER, end - INDEX);
  if (!(index[0] & 0x80)) throw new Error("not encrypted");
  index[0] &= 0x7f;
  const iv = Buffer.alloc(suite.isAead ? 12 : 16);
  header.copy(iv, suite.isAead ? 2 : 4, 4);
  index.copy(iv, suite.isAead ? 8 : 10);
  xorInto(iv, salt, 0);
  if (!suite.isAead) {
    const tag = createHmac("sha1", authentication).update(report.subarray(0, end)).digest().subarray(0, REPORT_TAG);
    if (!timingSafeEqual(tag, report.subarray(end))) throw new Error("a wrong tag");
    return Buffer.concat([header, counter(key, iv, body)]).toString("hex");
  }
  const cipher = createDecipheriv(`aes-${key.length * 8}-gcm`, key, iv);
  cipher.setAAD(Buffer.concat([header, word]));
  cipher.setAuthTag(body.subarray(-suite.tag));
  return Buffer.concat([header, cipher.update(body.subarray(0, -suite.tag)), cipher.final()]).toString("hex");
}

let before = 0, rollovers = 0;
const payloads = packets.map((hex) => {
  const packet = Buffer.from(hex, "hex");
  const sequence = packet.readUInt16BE(2);
  if (sequence < before - 32768) rollovers++;
  before = sequence;
  const rollover = Buffer.alloc(4);
  rollover.writeUInt32BE(rollovers);
  return (suite.isAead ? openAead : openCounter)(packet, rollover).toString("hex");
});
console.log(JSON.stringify([...payloads, ...reports.map(openReport)]));
