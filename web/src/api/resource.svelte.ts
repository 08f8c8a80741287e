/** Something that is being fetched: keeps the last good answer visible while a new one loads. */
export class Resource<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  loading = $state(false);
  #abort: AbortController | null = null;

  /** Starts a fetch; an earlier one still under way is abandoned. */
  async load(fetcher: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    try {
      const data = await fetcher(abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.data = null;
      this.error = error;
    }
    this.loading = false;
  }

  /** Forgets the answer and abandons what is under way. */
  clear(): void {
    this.#abort?.abort();
    this.data = null;
    this.error = null;
    this.loading = false;
  }
}
