export * from './failed.ts';
export * from './fetch.ts';
export * from './outbound.ts';
export type { OutboundStream, StreamLimits, StreamRequest } from './stream.ts';
