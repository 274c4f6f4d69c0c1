import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { randomId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import { stackOf } from '../../base/stack.ts';
import type { Access, Audit, Roster, TenantSettings } from '../../roster/index.ts';
import {
  answerTypes,
  callerOf,
  faultStatus,
  mayBringSecrets,
  type PlainHttp,
  type SoapFault,
  soapMedia,
  writeFault,
} from '../../wire/index.ts';
import { makeDispatch, unsupportedMedia } from './dispatch.ts';
import { type Endpoint, endpointOf, type Operation } from './operations.ts';
import { descriptionOf, makeDescriptions } from './wsdl.ts';

export { type ImsEsDelivererDeps, makeImsEsDeliverer } from './outbound/deliverer.ts';

/** What the protocol needs. */
export interface ImsEsDeps {
  readonly roster: Roster;
  readonly access: Access;
  readonly audit: Pick<Audit, 'note'>;
  /** How a tenant is served. */
  settings(tenant: string): Promise<TenantSettings>;
  readonly log: Log;
  /** Address of the gateway as clients know it, for the WSDL; default: as the request says. */
  readonly publicUrl?: string;
  /** Limit of a request's body, unpacked. */
  readonly maxBodyBytes: number;
  /** Milliseconds for a request's body to arrive; a minute unless told. */
  readonly bodyMs?: number;
  /** `loopback`: passwords over plain HTTP only from this machine. */
  readonly plainHttp: PlainHttp;
  /** Folder of the WSDL and XSD texts. */
  readonly wsdlDir: string;
}

/**
 * IMS Enterprise Services 1.0 over SOAP 1.1 and 1.2, to be mounted at `/soap`: the three services on their own paths
 * and all on `ImsEnterpriseServicesPort`, with their descriptions by `?wsdl`, `?singleWsdl` and `?xsd=`.
 */
export function makeImsEs(deps: ImsEsDeps): Router {
  const dispatch = makeDispatch(deps);
  const describe = makeDescriptions(deps.wsdlDir);
  const unpack = express.raw({ type: () => true, limit: deps.maxBodyBytes });
  const router = express.Router();

  const sendDescription = (endpoint: Endpoint, req: Request, res: Response): void => {
    const address = `${baseOf(req, deps.publicUrl)}${req.baseUrl}/${endpoint.name}`;
    const asked = descriptionOf(new URL(req.originalUrl, 'http://localhost').searchParams);
    if (asked === undefined) {
      res.type('text/plain').send(`${endpoint.name} of IMS Enterprise Services 1.0. Its WSDL: ${address}?wsdl\n`);
      return;
    }
    const xml = describe(endpoint, asked, address);
    if (xml === undefined) res.status(404).type('text/plain').send('There is no such description.\n');
    else res.type(answerTypes['1.1']).send(xml);
  };

  const answerCall = async (endpoint: Endpoint, req: Request, res: Response): Promise<void> => {
    const id = requestId(res);
    const refusal = await unpacked(req, res, unpack, deps.bodyMs ?? 60_000);
    if (refusal !== undefined) return sendFault(req, res, refusal);
    const started = performance.now();
    let operation: Operation | undefined;
    const log = (outcome: string) =>
      deps.log.info(
        { request: id, operation: operation?.name, outcome, ms: Math.round(performance.now() - started) },
        'soap call',
      );
    try {
      const outgoing = await dispatch({
        endpoint,
        contentType: req.headers['content-type'],
        action: headerOf(req, 'soapaction'),
        authorization: req.headers.authorization,
        body: Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0),
        caller: callerOf(req, res),
        passwordAllowed: mayBringSecrets(req, deps.plainHttp),
      });
      operation = outgoing.operation;
      log(outgoing.ok ? 'answered' : (outgoing.fault.security ?? outgoing.fault.code));
      if (outgoing.ok) sendXml(res, 200, answerType(req), outgoing.xml);
      else sendFault(req, res, outgoing.fault);
    } catch (error) {
      deps.log.error(
        { request: id, error: error instanceof Error ? error.name : 'unknown', detail: stackOf(error) },
        'soap call failed',
      );
      sendFault(req, res, { code: 'Server', text: `The request failed inside the gateway; its id is ${id}.` });
    }
  };

  router.all('/:endpoint', async (req: Request<{ endpoint: string }>, res: Response, next: NextFunction) => {
    const endpoint = endpointOf(req.params.endpoint);
    if (endpoint === undefined) next();
    else if (req.method === 'GET' || req.method === 'HEAD') sendDescription(endpoint, req, res);
    else if (req.method === 'POST') await answerCall(endpoint, req, res);
    else res.status(405).set('Allow', 'GET, HEAD, POST').type('text/plain').send('Only GET and POST are served.\n');
  });
  return router;
}

/** Reads and unpacks the body; answers the fault for what is refused before any XML is looked at. */
function unpacked(
  req: Request,
  res: Response,
  unpack: ReturnType<typeof express.raw>,
  bodyMs: number,
): Promise<SoapFault | undefined> {
  if (soapMedia(req.headers['content-type']) === undefined) return Promise.resolve(unsupportedMedia);
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    const text = 'The content encoding must be gzip or identity.';
    return Promise.resolve({ code: 'Client', httpStatus: 415, text });
  }
  return new Promise((resolve) => {
    // One who sends a byte now and then must not hold a connection and its memory for hours.
    const timer = setTimeout(() => {
      res.setHeader('Connection', 'close');
      resolve({ code: 'Client', httpStatus: 408, text: 'The message did not arrive in time.' });
    }, bodyMs);
    unpack(req, res, (error?: unknown) => {
      clearTimeout(timer);
      resolve(error === undefined ? undefined : bodyFault(error));
    });
  });
}

function bodyFault(error: unknown): SoapFault {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  if (status === 413)
    return { code: 'Client', httpStatus: 413, text: 'The message is larger than this service takes.' };
  return { code: 'Client', httpStatus: 400, text: 'The body could not be read or unpacked.' };
}

function sendFault(req: Request, res: Response, fault: SoapFault): void {
  const version = soapMedia(req.headers['content-type'])?.version ?? '1.1';
  if (fault.retryAfter !== undefined) res.setHeader('Retry-After', String(fault.retryAfter));
  sendXml(res, faultStatus(version, fault), answerTypes[version], writeFault(version, fault));
  // What is left of a message that is not waited for any more is not read.
  if (fault.httpStatus === 408) res.once('finish', () => req.destroy());
}

/** Head and text leave in one piece, and no tag for caches is worked out: nobody caches the answer to a POST. */
function sendXml(res: Response, status: number, type: string, xml: string): void {
  res.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(xml) });
  res.end(xml);
}

function answerType(req: Request): string {
  return answerTypes[soapMedia(req.headers['content-type'])?.version ?? '1.1'];
}

function headerOf(req: Request, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The request's id: that of the app where it gave one, else a new one; told to the client. */
function requestId(res: Response): string {
  const given = res.getHeader('X-Request-Id');
  const id = typeof given === 'string' ? given : randomId();
  res.setHeader('X-Request-Id', id);
  return id;
}

/** How the client reached the gateway. X-Forwarded-* count only where express's `trust proxy` says so. */
function baseOf(req: Request, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  const host = /^[\w.:[\]-]+$/.test(req.host ?? '') ? req.host : 'localhost';
  return `${req.protocol}://${host}`;
}
