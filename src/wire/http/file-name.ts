import type { IncomingHttpHeaders } from 'node:http';

/** Longest name that is kept of a file, in characters. */
const longest = 255;

/**
 * What an uploaded file is called: the query's `name`, else `filename*` or `filename` of `Content-Disposition`
 * (RFC 6266), else `X-File-Name`, else `otherwise`. Without folders and without characters that do not print.
 */
export function fileNameOf(asked: string | undefined, headers: IncomingHttpHeaders, otherwise: string): string {
  const own = headers['x-file-name'];
  const candidates = [asked, dispositionName(headers['content-disposition']), Array.isArray(own) ? own[0] : own];
  for (const candidate of candidates) {
    const name = clean(candidate ?? '');
    if (name !== '') return name;
  }
  return otherwise;
}

function dispositionName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) return decoded(extended);
  const quoted = /;\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1];
  return quoted?.replace(/\\(.)/g, '$1') ?? /;\s*filename\s*=\s*([^;\s"]+)/i.exec(header)?.[1];
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function clean(text: string): string {
  const last = text.split(/[/\\]/).at(-1) ?? '';
  const printable = last.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim();
  return Array.from(printable).slice(0, longest).join('');
}
