import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as root from '../src/index.js';
import * as health from '../src/entries/health.js';
import * as metrics from '../src/entries/metrics.js';
import * as otel from '../src/entries/otel.js';
import * as sql from '../src/entries/sql.js';
import * as providers from '../src/entries/providers.js';
import * as testing from '../src/entries/testing.js';
import * as bull from '../src/entries/bull.js';
import * as testingVitest from '../src/entries/testing-vitest.js';

const ROOT = new URL('..', import.meta.url).pathname;

/**
 * What users may import. A new name is a feature; a name that goes or changes breaks applications. Either needs a
 * line in the changelog.
 */
const SURFACE = [
  {
    entry: '.',
    file: 'src/index.ts',
    loaded: root,
    values: [
      'CIRCUIT_REASONS',
      'ContentTransform',
      'DELIVERY_MODES',
      'FAILURE_ACTIONS',
      'FAILURE_CLASSES',
      'COUNTER_DIMENSIONS',
      'FAILURE_REASONS',
      'InjectMailJournal',
      'JournalStore',
      'MailJournal',
      'NO_STANDING',
      'RECIPIENT_FACTS',
      'getMailJournalToken',
      'standingAfter',
      'standingEventOf',
      'InjectMailOperations',
      'InjectMailService',
      'InjectSuppressionList',
      'InjectTransport',
      'InjectTransportRegistry',
      'InjectTransportStates',
      'KEPT_REASONS',
      'LABEL_PROVIDERS',
      'MAIL_ACTORS',
      'MAIL_EVENT_TYPES',
      'MAIL_LABELS',
      'MAIL_RELAY_ERROR_CODES',
      'MailOperations',
      'MailPolicy',
      'MailQueue',
      'MailRelayError',
      'MailRelayModule',
      'MailRequestDto',
      'MailService',
      'MailTransport',
      'MemoryTemplateLoader',
      'MemoryTransport',
      'OUTSIDE_EVENT_TYPES',
      'OnMailEvent',
      'RECIPIENT_STATES',
      'RELAY_EVENT_TYPES',
      'SMTP_STAGES',
      'EventLog',
      'Spool',
      'StageObserver',
      'SpoolControl',
      'SUPPRESSION_REASONS',
      'SuppressionList',
      'SuppressionStore',
      'TRANSPORT_EVENT_TYPES',
      'TRANSPORT_SELECTORS',
      'TemplateLoader',
      'TemplateRenderer',
      'TenantResolver',
      'TransportRegistry',
      'TransportStates',
      'actionOf',
      'cancelledRecipients',
      'capture',
      'classifyFailure',
      'InjectTemplateCatalog',
      'TEMPLATE_RULES',
      'TemplateCatalog',
      'defineMail',
      'getTemplateCatalogToken',
      'lintTemplates',
      'failedOutcome',
      'getMailOperationsToken',
      'getMailServiceToken',
      'getTransportRegistryToken',
      'getTransportStatesToken',
      'getSuppressionListToken',
      'getTransportToken',
      'keptReasonOf',
      'log',
      'mayReschedule',
      'memory',
      'oauth2Token',
      'parseAddressList',
      'parseSmtpReply',
      'providerOfHost',
      'reasonOf',
      'sendmail',
      'replayed',
      'rescheduled',
      'rescheduledRecipients',
      'smtp',
    ],
    types: [
      'HeldReader',
      'LogPage',
      'LogRequest',
      'LoggedEvent',
      'ReaderProgress',
      'WaitingEvent',
      'JournalOptions',
      'JournalRetentionOptions',
      'CheckedCounterQuery',
      'CheckedSearch',
      'CounterDimension',
      'CounterQuery',
      'ErasedData',
      'EventCount',
      'FoundMail',
      'JournalEntry',
      'JournalMail',
      'JournalPage',
      'JournalRecipient',
      'JournalRetention',
      'JournalSearch',
      'MailReference',
      'MailStage',
      'MailTimeline',
      'ObservedStage',
      'StageFacts',
      'RecipientFact',
      'RecipientStanding',
      'StandingEvent',
      'EngineFacts',
      'FunctionContent',
      'MjmlEngine',
      'AccessTokenSource',
      'AddressInput',
      'AddressRules',
      'AddressesInput',
      'AdmissionFacts',
      'AlternativeDraft',
      'AttachmentContent',
      'AttachmentDraft',
      'AttachmentOptions',
      'Blame',
      'BounceKind',
      'BounceMark',
      'BreakerOptions',
      'BulkCounts',
      'BulkProblem',
      'BulkRecipient',
      'BulkResult',
      'BulkSource',
      'CalendarDraft',
      'CaptureTransportOptions',
      'Change',
      'CircuitReason',
      'Claim',
      'ClaimRequest',
      'Clock',
      'ContentFacts',
      'DeliveryFailure',
      'DeliveryMode',
      'DeliveryOption',
      'DeliveryOutcome',
      'DeliveryReport',
      'DispatchDecision',
      'DispatchFacts',
      'DkimKey',
      'DocumentedAnswer',
      'DueMail',
      'Durability',
      'Envelope',
      'FactReceipt',
      'FactReference',
      'FactUnmatched',
      'OutsideFact',
      'FailedFilter',
      'FailedMail',
      'FailedPage',
      'FailedQuery',
      'FailoverAdvice',
      'FailureAction',
      'FailureClass',
      'FailureEvidence',
      'FailureProvenance',
      'FailureReason',
      'FailureScope',
      'KeptMail',
      'KeptPage',
      'KeptQuery',
      'KeptReason',
      'LabelProvider',
      'LimitOptions',
      'LaneConsumer',
      'LaneCounts',
      'ListDraft',
      'LocalTime',
      'LogTransportOptions',
      'Mail',
      'MailActor',
      'MailAutoreplied',
      'MailBounced',
      'MailCancelled',
      'MailChange',
      'MailClicked',
      'MailComplained',
      'MailCounts',
      'MailDeferred',
      'MailDelivered',
      'DefinedMail',
      'FindingSeverity',
      'MailRelayFeatureOptions',
      'PreviewOptions',
      'TemplateDescription',
      'TemplateFinding',
      'TemplatePreview',
      'TemplateRule',
      'MailDefinition',
      'MailDraft',
      'MailDraftFields',
      'MailTemplates',
      'TypedTemplate',
      'UntypedTemplate',
      'MailEvent',
      'DurableListenerOptions',
      'MailListenerOptions',
      'MailEventFilter',
      'MailEventMap',
      'MailEventType',
      'MailFailed',
      'MailHeld',
      'MailId',
      'MailLabel',
      'MailOpened',
      'MailQueued',
      'MailReceipt',
      'MailRelayErrorCode',
      'MailRelayErrorDetails',
      'MailRelayExtras',
      'MailRelayFeature',
      'MailRelayFeatureInput',
      'MailRelayModuleAsyncOptions',
      'MailRelayModuleOptions',
      'MailRelayOptions',
      'MailRelayOptionsFactory',
      'MailSelector',
      'MailSent',
      'MailSuppressed',
      'MailUncertain',
      'MailUnsubscribed',
      'NewSuppression',
      'OutsideEventType',
      'Mailbox',
      'MemoryMessage',
      'MemoryTransportOptions',
      'NamedTransportState',
      'OAuth2TokenOptions',
      'PauseTarget',
      'PolicyDecision',
      'ProviderName',
      'RateLimitOptions',
      'RateLimits',
      'QueueManyOptions',
      'QueueManyToOptions',
      'ReceiptRecipient',
      'RecipientReport',
      'RecipientState',
      'RelayEvent',
      'RelayEventMap',
      'RelayEventType',
      'RenderRequest',
      'RenderedContent',
      'ReplayOptions',
      'RetryAdvice',
      'RetryOptions',
      'RingHandler',
      'SendOptions',
      'SendmailTransportOptions',
      'Settlement',
      'ShutdownOptions',
      'SmtpAuth',
      'SmtpProviderOptions',
      'SmtpReply',
      'SmtpStage',
      'SmtpTlsOptions',
      'SmtpTransportOptions',
      'SpoolCounts',
      'SpoolEntry',
      'SpoolReceipt',
      'SpoolRetention',
      'SpooledMail',
      'SpooledRecipient',
      'StagingDelivery',
      'StreamBacklog',
      'StreamCounts',
      'StreamOptions',
      'SuppressAdvice',
      'Suppression',
      'SuppressionColumn',
      'SuppressionImport',
      'SuppressionImportOptions',
      'SuppressionImportProblem',
      'SuppressionOptions',
      'SuppressionPage',
      'SuppressionQuery',
      'SuppressionReason',
      'SuppressionScope',
      'SuppressionSelector',
      'SuppressionTarget',
      'StoredPage',
      'StoredQuery',
      'StoredSelector',
      'StoredSuppression',
      'TemplateEngine',
      'TemplateFile',
      'TemplateFunction',
      'TemplateHelper',
      'TemplateOptions',
      'TenantBounds',
      'TenantProvider',
      'TenantSettings',
      'TemplateSources',
      'ThrottleScope',
      'TransportClass',
      'TransportDefinition',
      'TransportDown',
      'TransportEvent',
      'TransportEventMap',
      'TransportEventType',
      'TransportLimitOptions',
      'TransportLimits',
      'TransportRequest',
      'TransportResult',
      'TransportSelector',
      'TransportSetup',
      'TransportState',
      'TransportUp',
      'TransportVerification',
      'UncertainPolicy',
      'WorkerOptions',
    ],
  },
  {
    entry: './sql',
    file: 'src/entries/sql.ts',
    loaded: sql,
    values: ['withSql'],
    types: ['SqlStorageAsyncOptions', 'SqlStorageOptions'],
  },
  {
    entry: './bull',
    file: 'src/entries/bull.ts',
    loaded: bull,
    values: ['withBull'],
    types: [
      'AssumedDurability',
      'BullOptions',
      'BullPlace',
      'RedisAddress',
      'RedisClient',
      'RedisConnectionOptions',
      'RedisPurpose',
      'RedisSpoolOptions',
      'WithBullAsyncOptions',
      'WithBullOptions',
    ],
  },
  {
    entry: './health',
    file: 'src/entries/health.ts',
    loaded: health,
    values: [
      'InjectMailHealthIndicator',
      'MailHealthIndicator',
      'READINESS_PARTS',
      'getMailHealthIndicatorToken',
      'withHealth',
    ],
    types: [
      'HealthOptions',
      'MailHealthReport',
      'MailHealthResult',
      'OutcomeCounts',
      'ReadinessPart',
      'TransportHealth',
    ],
  },
  {
    entry: './metrics',
    file: 'src/entries/metrics.ts',
    loaded: metrics,
    values: ['withMetrics'],
    types: ['MetricsOptions'],
  },
  {
    entry: './otel',
    file: 'src/entries/otel.ts',
    loaded: otel,
    values: ['withOpenTelemetry'],
    types: ['OpenTelemetryOptions'],
  },
  {
    entry: './providers',
    file: 'src/entries/providers.ts',
    loaded: providers,
    values: [
      'brevo',
      'fromNodemailer',
      'mailgun',
      'mandrill',
      'postmark',
      'resend',
      'sendgrid',
      'ses',
      'sparkpost',
    ],
    types: [
      'ApiTransportOptions',
      'BrevoTransportOptions',
      'FromNodemailerOptions',
      'MailgunTransportOptions',
      'MandrillTransportOptions',
      'NodemailerPlugin',
      'PostmarkTransportOptions',
      'ResendTransportOptions',
      'SendGridTransportOptions',
      'SesCredentials',
      'SesTransportOptions',
      'SparkPostTransportOptions',
    ],
  },
  {
    entry: './testing',
    file: 'src/entries/testing.ts',
    loaded: testing,
    values: [
      'InjectTestMailbox',
      'MailRelayTestingModule',
      'SentMail',
      'TRANSPORT_CONTRACT_RECIPIENTS',
      'TRANSPORT_SCENARIOS',
      'TestClock',
      'TestMailbox',
      'describeQueueContract',
      'describeEventLogContract',
      'describeJournalContract',
      'describeSpoolContract',
      'describeSuppressionContract',
      'describeTransportContract',
      'getTestMailboxToken',
      'mailRelayMatchers',
      'overrideMailRelay',
      'startMailCatcher',
    ],
    types: [
      'AcceptedMessage',
      'ContractRunner',
      'MailCatcher',
      'MailCatcherOptions',
      'MailQuery',
      'MailRelayMatchers',
      'MailScript',
      'OverridableModuleBuilder',
      'QueueContractOptions',
      'ScriptedFailure',
      'SentAttachment',
      'EventLogContractOptions',
      'OpenEventLog',
      'JournalContractOptions',
      'SpoolContractOptions',
      'SuppressionContractOptions',
      'TransportContractOptions',
      'TransportContractSubject',
      'TransportScenario',
      'WaitForMailOptions',
    ],
  },
  {
    entry: './testing/vitest',
    file: 'src/entries/testing-vitest.ts',
    loaded: testingVitest,
    values: [] as string[],
    types: [] as string[],
  },
];

/** Types that public declarations are made of, and that an application has no use for by name. */
const NEVER_NAMED = new Set([
  'AttemptEventOf',
  'ConfigurableModuleClass',
  'EventMethodDecorator',
  'EventOf',
  'OutsideEventOf',
  'TransportEventOf',
  'OneOrMany',
  'PlainOptions',
  'PROVIDERS',
]);

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly main: string;
  readonly types: string;
  readonly typesVersions: unknown;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const built = (file: string, extension: string) =>
  file.replace(/^src\//, './dist/').replace(/\.ts$/, extension);

let compiled:
  { readonly checker: ts.TypeChecker; readonly surface: ReadonlyMap<string, ts.Symbol> } | undefined;

/** Every public name with what it stands for, whichever file declares it. */
function compile() {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile.bind(ts.sys));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const files = SURFACE.map(({ file }) => join(ROOT, file));
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const surface = new Map<string, ts.Symbol>();
  for (const file of files) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    for (const symbol of module ? checker.getExportsOfModule(module) : []) {
      surface.set(symbol.name, behindAlias(checker, symbol));
    }
  }
  return { checker, surface };
}

function behindAlias(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** The text of a JSDoc tag of a declaration; undefined when it has none. */
function tag(declaration: ts.Node, name: string): string | undefined {
  const found = ts.getJSDocTags(declaration).find(({ tagName }) => tagName.text === name);
  return found && (ts.getTextOfJSDocComment(found.comment) ?? '');
}

/** Every symbol of ours that a declaration mentions in its types; bodies and what is private or internal left out. */
function mentions(declaration: ts.Node, checker: ts.TypeChecker): readonly ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) || isHidden(node)) return;
    if (ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)) {
      if (node.type) visit(node.type);
      return;
    }
    const name = nameOfType(node);
    const symbol = name && checker.getSymbolAtLocation(name);
    if (symbol) found.push(behindAlias(checker, symbol));
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found.filter(({ declarations, flags }) => {
    const file = declarations?.[0]?.getSourceFile().fileName;
    return file?.startsWith(join(ROOT, 'src')) && !(flags & ts.SymbolFlags.TypeParameter);
  });
}

function nameOfType(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isTypeQueryNode(node)) return node.exprName;
  return ts.isExpressionWithTypeArguments(node) ? node.expression : undefined;
}

function isHidden(node: ts.Node): boolean {
  if (!ts.isClassElement(node)) return false;
  const isPrivate = ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private;
  return (
    isPrivate !== 0 || (node.name && ts.isPrivateIdentifier(node.name)) || tag(node, 'internal') !== undefined
  );
}

describe.each(SURFACE)('the entry point $entry', ({ entry, file, loaded, values, types }) => {
  it('exports these values', () => {
    expect(Object.keys(loaded).toSorted()).toEqual(values.toSorted());
  });

  it('exports these types', () => {
    const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest);
    const names = source.statements.flatMap((statement) => {
      if (!ts.isExportDeclaration(statement) || !statement.exportClause) return [];
      if (!ts.isNamedExports(statement.exportClause)) return ['an export without names'];
      return statement.exportClause.elements
        .filter(({ isTypeOnly }) => isTypeOnly || statement.isTypeOnly)
        .map(({ name }) => name.text);
    });
    expect(names.toSorted()).toEqual(types.toSorted());
  });

  it('is the file that package.json says', () => {
    expect(Object.entries(manifest.exports[entry] as object)).toEqual([
      // TypeScript takes the first condition that fits, and `default` serves import and require alike.
      ['types', built(file, '.d.ts')],
      ['default', built(file, '.js')],
    ]);
  });
});

describe('package.json', () => {
  it('has an entry point for each of these, and for its own', () => {
    expect(Object.keys(manifest.exports)).toEqual([...SURFACE.map(({ entry }) => entry), './package.json']);
  });

  it('has an entry point for each barrel', () => {
    const barrels = readdirSync(join(ROOT, 'src/entries')).map((file) => `src/entries/${file}`);
    expect(['src/index.ts', ...barrels].toSorted()).toEqual(SURFACE.map(({ file }) => file).toSorted());
  });

  it('says the same to resolvers that do not read exports', () => {
    const [index, ...others] = SURFACE;
    expect(manifest).toMatchObject({
      main: built(index?.file ?? '', '.js'),
      types: built(index?.file ?? '', '.d.ts'),
    });
    const paths = others.map(({ entry, file }) => [entry.replace('./', ''), [built(file, '.d.ts')]]);
    expect(manifest.typesVersions).toEqual({ '*': Object.fromEntries(paths) });
  });
});

describe('every public name', { timeout: 60_000 }, () => {
  it('is marked @publicApi where it is declared, or @internal with the reason', () => {
    compiled ??= compile();
    const unmarked = Array.from(compiled.surface).filter(
      ([, { declarations = [] }]) =>
        !declarations.some((one) => tag(one, 'publicApi') !== undefined || tag(one, 'internal')),
    );
    expect(unmarked.map(([name]) => name)).toEqual([]);
  });

  it('says what it is', () => {
    compiled ??= compile();
    const { checker, surface } = compiled;
    const silent = Array.from(surface).filter(
      ([, symbol]) => ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() === '',
    );
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  it('is declared with names that can be imported too', () => {
    compiled ??= compile();
    const { checker, surface } = compiled;
    const known = new Set(surface.values());
    const pending = [...known];
    const forgotten = new Set<string>();
    for (let symbol = pending.pop(); symbol; symbol = pending.pop()) {
      for (const declaration of symbol.declarations ?? []) {
        for (const mentioned of mentions(declaration, checker)) {
          if (known.has(mentioned)) continue;
          known.add(mentioned);
          // What a type is made of is as public as the type.
          pending.push(mentioned);
          const isInternal = mentioned.declarations?.some((one) => tag(one, 'internal') !== undefined);
          if (!isInternal && !NEVER_NAMED.has(mentioned.name)) forgotten.add(mentioned.name);
        }
      }
    }
    expect([...forgotten].toSorted()).toEqual([]);
  });
});
