export * from './downstream/downstreams.ts';
export { downstreamSchema } from './downstream/settings.ts';
export * from './downstream/types.ts';
export * from './feed-settings.ts';
export * from './reader.ts';
export * from './run.ts';
export * from './sync.ts';
export * from './types.ts';
