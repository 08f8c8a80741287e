import { formatAddress, parseAddress, type Address, type Page } from './fragment';

export { formatAddress, type Page };

class Location {
  current = $state.raw<Address>(parseAddress(''));

  /** Follows the fragment of the address bar. */
  read(): void {
    const next = parseAddress(location.hash);
    // Going somewhere reads the address, and the browser then tells of it once more.
    if (JSON.stringify(next) !== JSON.stringify(this.current)) this.current = next;
  }

  go(page: Page, params: Record<string, string | null> = {}): void {
    location.hash = formatAddress(page, params);
    this.read();
  }
}

export const address = new Location();
