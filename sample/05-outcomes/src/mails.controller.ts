import { Controller, Get, NotFoundException, Param, Query, UseGuards } from '@nestjs/common';
import { MailJournal } from 'nestjs-mail-relay';
import { LoopbackGuard } from './loopback.guard.js';

/** Looks mails up for the help desk. It names recipients, so it is behind a guard. */
@Controller('mails')
@UseGuards(LoopbackGuard)
export class MailsController {
  constructor(private readonly journal: MailJournal) {}

  @Get()
  find(@Query('recipient') recipient: string) {
    return this.journal.search({ recipient });
  }

  @Get(':id')
  async timeline(@Param('id') id: string) {
    const found = await this.journal.timeline(id);
    if (!found) throw new NotFoundException();
    return found;
  }
}
