export * from './queue.ts';
export * from './types.ts';
export * from './worker.ts';
