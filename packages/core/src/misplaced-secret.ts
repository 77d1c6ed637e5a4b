// What nobody calls a file, a host or a context. Where it stands in the place of such a name, the next thing would be an error that
// quotes the name.
const misplaced = /(-----BEGIN [A-Z\d ]+-----)[\s\S]*|\b(eyJ)[\w-]+\.[\w-]+(?:\.[\w-]*)*/g;

/** Leaves of PEM text, or of a JWT, that stands in the place of a name how it begins. */
export function hideMisplaced(name: string): string {
  return name.replace(misplaced, '$1$2…');
}

/** Tells whether PEM text or a JWT stands where a name belongs. */
export function isMisplacedSecret(name: string): boolean {
  return hideMisplaced(name) !== name;
}
