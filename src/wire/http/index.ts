export * from './caller.ts';
export * from './outbound.ts';
