// @peculiar/x509 has its parts injected by tsyringe, which refuses to load without this polyfill. The lite form is the one
// that core's container loads too. A declaration keeps such an import, so no entry point may lead to that of this file.
import 'reflect-metadata/lite';

export {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
