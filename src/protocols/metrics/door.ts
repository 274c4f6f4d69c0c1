import { createHash } from 'node:crypto';
import { Router } from 'express';
import { isSameSecret } from '../../base/same-secret.ts';
import type { Metrics } from './metrics.ts';

/** What the door needs. */
export interface MetricsDoorDeps {
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  /** Who knows it may read; sent as `Authorization: Bearer KEY`. */
  readonly key: string;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Makes the address that Prometheus asks; the router belongs at `/metrics`. */
export function makeMetricsDoor({ metrics, key }: MetricsDoorDeps): Router {
  const wanted = digest(key);
  const router = Router({ caseSensitive: true });
  router.get('/', async (request, response) => {
    response.set('Cache-Control', 'no-store');
    const [, given = ''] = /^bearer +([\x21-\x7e]+) *$/i.exec(request.get('authorization') ?? '') ?? [];
    if (!isSameSecret(digest(given), wanted)) {
      response.status(401).set('WWW-Authenticate', 'Bearer realm="metrics"').type('text/plain');
      response.send('Send the key of the setting METRICS_KEY as Authorization: Bearer KEY.\n');
      return;
    }
    response.set('Content-Type', metrics.contentType).send(await metrics.text());
  });
  return router;
}
