// What the address names: the list, or one call.

export type Route = { page: "list" } | { page: "call"; callId: string };

export function parseRoute(hash: string): Route {
  const match = /^#\/call\/(.+)$/.exec(hash);
  if (!match) return { page: "list" };
  try {
    return { page: "call", callId: decodeURIComponent(match[1]!) };
  } catch {
    return { page: "list" };
  }
}

export function callHref(id: string): string {
  return `#/call/${encodeURIComponent(id)}`;
}
