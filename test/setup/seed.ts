import fc from 'fast-check';

// The same properties are tried in every run, so that a run says something about the change and not about luck; SEED tries others.
fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 20_261_122) });
