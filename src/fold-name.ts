/** Names as DuckDB compares them. */

/** A name as DuckDB compares it: A to Z in lower case, all else untouched (`É` and `é` are two names). */
export function foldName(name: string): string {
  if (!/[A-Z]/.test(name)) return name;
  if (!/[\u0080-\uffff]/.test(name)) return name.toLowerCase();
  const units = Buffer.from(name, 'utf16le');
  for (let at = 0; at < units.length; at += 2) {
    const unit = units.readUInt16LE(at);
    if (unit >= 0x41 && unit <= 0x5a) units.writeUInt16LE(unit + 0x20, at);
  }
  return units.toString('utf16le');
}
