export * from './door.ts';
export * from './metrics.ts';
