/** A user of this server, for administrators. */
export interface UserResource {
  /** `usr_…`, for ever: what is kept belongs to it, whatever the user is called. */
  readonly id: string;
  readonly username: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly disabled: boolean;
  /** RFC 3339 in UTC, as the following. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Null before the first time. */
  readonly lastSignInAt: string | null;
}

/** The answer of `GET /v1/users`. */
export interface UserListResponse {
  readonly users: readonly UserResource[];
  /** The cursor of the next page; null at the end. */
  readonly next: string | null;
}

/** The body of `POST /v1/users`. */
export interface UserCreateRequest {
  readonly username: string;
  /** Absent: nobody signs in with a password as this user. */
  readonly password?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  /** Absent: that of whoever asks. */
  readonly tenant?: string | undefined;
}

/** The body of `PUT /v1/users/{user_id}`: what is absent stays. */
export interface UserChangeRequest {
  readonly roles?: readonly string[] | undefined;
  readonly disabled?: boolean | undefined;
  readonly username?: string | undefined;
}

/** The body of `POST /v1/users/{user_id}/password`. */
export interface UserPasswordRequest {
  readonly newPassword: string;
}

/** What went with a user. */
export interface UserDeletedResponse {
  readonly deleted: true;
}
