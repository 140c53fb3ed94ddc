import { IsEmail, IsString, Length } from 'class-validator';

export class SignupRequest {
  @IsString()
  @Length(1, 80)
  readonly name!: string;

  @IsEmail()
  readonly email!: string;
}
