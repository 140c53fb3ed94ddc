import { Controller, Get, Header, NotFoundException, Param, Query, UseGuards } from '@nestjs/common';
import { MailRelayError, TemplateCatalog, type TemplatePreview } from 'nestjs-mail-relay';
import { galleryPage, templatePage } from './gallery-page.js';
import { LoopbackGuard } from './loopback.guard.js';

const HTML = 'text/html; charset=utf-8';

@Controller('mail-templates')
@UseGuards(LoopbackGuard)
export class GalleryController {
  constructor(private readonly catalog: TemplateCatalog) {}

  @Get()
  @Header('Content-Type', HTML)
  list(): string {
    return galleryPage(this.catalog.list());
  }

  @Get(':name')
  @Header('Content-Type', HTML)
  async show(@Param('name') name: string, @Query('locale') locale?: string): Promise<string> {
    const description = this.catalog.list().find((one) => one.name === name);
    const preview = await this.#preview(name, locale);
    return templatePage(name, locale, description?.locales ?? [], preview);
  }

  /** The mail itself, for the frame: nothing in it may run or ask elsewhere but for its pictures. */
  @Get(':name/html')
  @Header('Content-Type', HTML)
  @Header(
    'Content-Security-Policy',
    "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'",
  )
  async html(@Param('name') name: string, @Query('locale') locale?: string): Promise<string> {
    const { html = '' } = await this.#preview(name, locale);
    return html;
  }

  async #preview(name: string, locale: string | undefined): Promise<TemplatePreview> {
    try {
      return await this.catalog.preview(name, { locale });
    } catch (error) {
      if (MailRelayError.is(error, 'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND')) throw new NotFoundException();
      throw error;
    }
  }
}
