// The one place that names inversify. A program that does not use a container need not have it, nor its types: the
// comment below lets this line of the published declarations fail, so that they are checked without complaint.
// biome-ignore lint/suspicious/noTsIgnore: there is an error only where inversify is not installed.
/** @ts-ignore Install inversify to have these types. */
export {
  type BindInWhenOnFluentSyntax,
  type BindToFluentSyntax,
  Container,
  ContainerModule,
  type ContainerModuleLoadOptions,
  inject,
  injectable,
  multiInject,
  optional,
  type ServiceIdentifier,
} from 'inversify';
