export * from './feed-settings.ts';
export * from './reader.ts';
export * from './run.ts';
export * from './sync.ts';
export * from './types.ts';
