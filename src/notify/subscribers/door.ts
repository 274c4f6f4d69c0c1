import { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import type { Log } from '../../base/log.ts';
import { framesOf } from '../../base/stack.ts';
import { type Html, html } from '../mail/html.ts';
import type { Followed, FollowedLinks } from './types.ts';

/** What the pages behind links in mails need. */
export interface NoticePagesDeps {
  readonly links: FollowedLinks;
  readonly log: Log;
}

const words = {
  confirm: {
    ask: (feed: string) => `Send mails about the feed ${feed} to your address?`,
    button: 'Send me mails',
    done: (feed: string) => `You will get mails about the feed ${feed}. Each has a link that ends them.`,
  },
  unsubscribe: {
    ask: (feed: string) => `End the mails about the feed ${feed} to your address?`,
    button: 'End the mails',
    done: (feed: string) => `You will get no more mails about the feed ${feed}.`,
  },
} as const;

/**
 * Makes the pages behind the links of mails; the router belongs at `/notices`. Looking at one changes nothing, since programs that
 * check mails look at links too; `POST` does it, as the one click of RFC 8058 does.
 */
export function makeNoticePages({ links, log }: NoticePagesDeps): Router {
  const router = Router({ caseSensitive: true });
  for (const does of ['confirm', 'unsubscribe'] as const) {
    router
      .route(`/${does}`)
      .get((request, response) => {
        const claims = links.look(tokenOf(request));
        if (claims === undefined || claims.does !== does) return notValid(response);
        const { ask, button } = words[does];
        const form = html`<form method="post"><button type="submit">${button}</button></form>`;
        send(response, 200, html`<p>${ask(claims.feed)}</p>${form}`);
      })
      .post(async (request, response) => {
        // What the body says is known from the address.
        request.resume();
        const followed: Followed | undefined = await links.follow(tokenOf(request), does);
        if (followed === undefined) return notValid(response);
        send(response, 200, html`<p>${words[does].done(followed.feed)}</p>`);
      })
      .all((request, response) => {
        request.resume();
        response.set('Allow', 'GET, POST');
        send(response, 405, html`<p>This address is for GET and POST.</p>`);
      });
  }
  router.use(answerError(log));
  return router;
}

function tokenOf(request: Request): string {
  const token = request.query['token'];
  return typeof token === 'string' ? token : '';
}

function notValid(response: Response): void {
  send(
    response,
    404,
    html`<p>This link does not hold, or no more. Ask for the mails again, or ask an administrator.</p>`,
  );
}

function send(response: Response, status: number, content: Html): void {
  const page = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex"><title>Mails of the gateway</title></head><body>${content}</body></html>`;
  response.status(status).set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer');
  response.type('html').send(page.html);
}

function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const id = String(response.locals['requestId'] ?? '');
    const at = error instanceof Error ? framesOf(error, 6).join(' < ') : typeof error;
    log.error({ request: id, error: error instanceof Error ? error.name : 'unknown', at }, 'defect in a request');
    if (response.headersSent) next(error);
    else send(response, 500, html`<p>A defect of the gateway; its log names request ${id}.</p>`);
  };
}
