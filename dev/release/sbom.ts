/** Makes what `npm sbom` prints the same for the same packages: pure. */
import { createHash } from 'node:crypto';

interface Bom {
  readonly metadata: { readonly timestamp?: string; readonly component: { readonly name: string } };
}

/**
 * npm gives each bill a random number, the time of day, and the work tree's folder for a name.
 * @param text JSON in CycloneDX's form
 * @param name of the package
 * @param epoch seconds since 1970
 */
export function sameBom(text: string, name: string, epoch: number): string {
  const bom = JSON.parse(text) as Bom;
  const metadata = {
    ...bom.metadata,
    timestamp: new Date(epoch * 1000).toISOString(),
    component: { ...bom.metadata.component, name },
  };
  const same = { ...bom, serialNumber: '', metadata };
  const number = uuidOf(JSON.stringify(same));
  return `${JSON.stringify({ ...same, serialNumber: `urn:uuid:${number}` }, null, 2)}\n`;
}

/** A UUID of version 8, whose bits are the maker's own: here those of a hash. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-');
}
