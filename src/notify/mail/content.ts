import { html } from './html.ts';

/** A part of a mail: a heading and lines below it. */
export interface MailPart {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** What a mail says, before it is plain text and HTML. */
export interface MailContent {
  /** One line; the subject too. */
  readonly title: string;
  readonly parts: readonly MailPart[];
  /** Addresses to follow, each with its words. */
  readonly links: readonly { readonly words: string; readonly address: string }[];
  /** Last lines. */
  readonly foot: readonly string[];
}

/** A mail's content as plain text. */
export function plainText({ title, parts, links, foot }: MailContent): string {
  const blocks = [
    [title],
    ...parts.map(({ heading, lines }) => [heading, ...lines.map((line) => `- ${line}`)]),
    ...links.map(({ words, address }) => [`${words}:`, address]),
    ...(foot.length > 0 ? [['-- ', ...foot]] : []),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** A mail's content as HTML: no pictures, no styles, nothing that is loaded. */
export function htmlText({ title, parts, links, foot }: MailContent): string {
  const shown = parts.map(
    ({ heading, lines }) => html`<h2>${heading}</h2><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`,
  );
  const followed = links.map(({ words, address }) => html`<p><a href="${address}">${words}</a></p>`);
  const last = foot.map((line) => html`<p><small>${line}</small></p>`);
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${shown}${followed}${last}</body></html>`
    .html;
}
