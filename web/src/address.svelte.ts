import { formatAddress, parseAddress, type Address, type Page } from './fragment';

export { formatAddress, type Page };

class Location {
  current = $state.raw<Address>(parseAddress(''));

  /** Follows the fragment of the address bar. */
  read(): void {
    this.current = parseAddress(location.hash);
  }

  go(page: Page, params: Record<string, string | null> = {}): void {
    location.hash = formatAddress(page, params);
    this.read();
  }
}

export const address = new Location();
