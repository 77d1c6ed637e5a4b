import { parseUrl, quoted } from '@keyturn/core/binding';
import { unfilled } from '../document/placeholder.js';

/**
 * Reads the address of an API server.
 * @returns its URL, or what is wrong with it: a phrase that follows the name of the field and says what to do.
 */
export function readServerUrl(text: string): URL | { readonly fault: string } {
  const fault = unfilled(text) ?? blankFault(text) ?? schemeFault(text) ?? portFault(text);
  if (fault !== undefined) return { fault };
  return (
    parseUrl(text) ?? {
      fault: `${wanted} and a host, and what follows is no host. Correct it, such as "https://10.0.0.1:6443"`,
    }
  );
}

const wanted = 'must be a URL that begins with "https://"';

function blankFault(text: string): string | undefined {
  if (!/[\s\0]/.test(text)) return undefined;
  if (/[\n\r]/.test(text)) return 'holds a line break. Write the address on one line';
  if (/^\s/.test(text)) return 'has a blank at its start. Remove it';
  return /\s$/.test(text) ? 'has a blank at its end. Remove it' : 'holds a blank. Remove it';
}

// client-go takes a bare host for plain http and then leaves all credentials out.
function schemeFault(text: string): string | undefined {
  if (/^https?:\/\/[^/\\]/i.test(text)) return undefined;
  if (/^https?:/i.test(text))
    return `${wanted} and a host. Write "https://", two slashes, and the host`;
  const [, scheme] = /^([a-z][a-z+.-]*):\/\//i.exec(text) ?? [];
  return scheme === undefined
    ? `${wanted}. Write "https://" before it`
    : `${wanted}, not ${quoted(`${scheme}://`)}. Correct it`;
}

function portFault(text: string): string | undefined {
  const [, authority = ''] = /^\w+:\/\/([^/?#\\]*)/.exec(text) ?? [];
  const [, port] = /:([^:\]@]*)$/.exec(authority) ?? [];
  if (port === undefined || port === '' || (/^\d+$/.test(port) && Number(port) <= 65_535)) {
    return undefined;
  }
  return 'has a port that is none: it must be a number of at most 65535. Correct it';
}
