export * from './basic.ts';
export * from './envelope.ts';
export * from './fault.ts';
export * from './media.ts';
export * from './namespaces.ts';
export * from './security.ts';
