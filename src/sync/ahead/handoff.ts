/** Hands values from one who has them to one who takes them, one at a time. */
export interface Handoff<T> {
  /** Resolves when the value has been dealt with, or nobody takes any more. */
  give(value: T): Promise<void>;
  /** Says that nothing more comes. */
  end(): void;
  /** Ends both sides at once. */
  close(): void;
  /** What is given; a value is dealt with when the next one is asked for. */
  taken(): AsyncGenerator<T>;
}

/** Makes a {@link Handoff}. */
export function makeHandoff<T>(): Handoff<T> {
  let ended = false;
  let value: { readonly given: T; done(): void } | undefined;
  let come: () => void = () => undefined;

  function close(): void {
    ended = true;
    value?.done();
    value = undefined;
    come();
  }

  return {
    give: (given) =>
      new Promise((done) => {
        if (ended) {
          done();
          return;
        }
        value = { given, done };
        come();
      }),
    end() {
      ended = true;
      come();
    },
    close,
    async *taken() {
      for (;;) {
        if (value === undefined && !ended) {
          await new Promise<void>((resolve) => {
            come = resolve;
          });
        }
        const now = value;
        if (now === undefined) return;
        yield now.given;
        value = undefined;
        now.done();
      }
    },
  };
}
