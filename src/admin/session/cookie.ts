import type { Request } from 'express';

/** The cookie that opens a session. `__Host-`: only this very host sets it, over TLS or on this machine (RFC 6265bis). */
export const sessionCookie = '__Host-rostergate';

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** The header that has the browser keep a session's token until it ends by itself. */
export function keepCookie(token: string): string {
  return `${sessionCookie}=${token}; ${attributes}`;
}

/** The header that has the browser forget it. */
export const dropCookie = `${sessionCookie}=; ${attributes}; Max-Age=0`;

/** What a request's cookie holds; undefined where it has none, or something that is no token. */
export function tokenIn(request: Request): string | undefined {
  const pairs = (request.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  const own = pairs.filter((pair) => pair.startsWith(`${sessionCookie}=`));
  const token = own.length === 1 ? own[0]?.slice(sessionCookie.length + 1) : undefined;
  return token !== undefined && /^[\w-]{43}$/.test(token) ? token : undefined;
}
