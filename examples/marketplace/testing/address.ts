/** An address with nothing in it, for tests that do not look at it. */
export const noAddress = {
  firstName: '',
  lastName: '',
  street: '',
  complement: '',
  zipCode: '',
  city: '',
  state: '',
}
