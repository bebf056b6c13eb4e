/* core/uart.h, polled, against a mocked chip: nothing is lost, and nothing waits for ever. */
#include "tests/uart_fixture.h"

static void a_port_that_is_not_there_does_nothing_at_once(void **state)
{
    (void)state;
    memset(&chip, 0, sizeof chip);
    chip.missing = true;
    set_up();
    size_t accesses = chip.accesses;
    assert_int_equal(uart.state, UART_ABSENT);
    assert_int_equal(uart_write(&uart, text, 100), 100);
    assert_int_equal(uart_take(&uart), -1);
    assert_true(uart_drain(&uart));
    uart_interrupts(&uart, true);
    assert_false(uart_interrupt(&uart));
    assert_int_equal(chip.accesses, accesses);
}

static void the_line_is_set_to_115200_baud_and_8n1_without_interrupts(void **state)
{
    (void)state;
    assert_int_equal(chip.divisor[0] | chip.divisor[1] << 8, 1);
    assert_int_equal(chip.line_control, 0x03);
    assert_int_equal(chip.modem, 0x03);
    assert_int_equal(chip.enabled, 0);
    assert_true(chip.fifo_on);
    assert_int_equal(uart.burst_bytes, 16);
}

/* What the loader wrote leaves at the speed it was written for. */
static void what_was_sent_before_leaves_before_the_line_is_set(void **state)
{
    (void)state;
    memset(&chip, 0, sizeof chip);
    chip.fifo_on = true;
    for (size_t i = 0; i < MOCK_FIFO; i++) {
        uart_out(UART_DATA, (uint8_t)text[i]);
    }
    uart_find(&uart);
    assert_false(uart_drain(&uart));
    set_up();
    assert_all_sent(MOCK_FIFO);
}

/* Whoever drives a port that another driver has set up takes what that has not. */
static void a_port_that_goes_on_has_lost_nothing(void **state)
{
    (void)state;
    uart_interrupts(&uart, true);
    mock_receive('a');
    mock_receive('b');
    uart_find(&uart);
    uart_go_on(&uart);
    assert_int_equal(chip.enabled, 0);
    assert_int_equal(uart.burst_bytes, 16);
    assert_int_equal(uart_take(&uart), 'a');
    uart_set_up(&uart);
    assert_int_equal(uart_take(&uart), 'b'); /* in the driver's own ring by then */
    mock_receive('c');
    uart_set_up(&uart);
    assert_int_equal(uart_take(&uart), -1); /* what was in the port is not */
}

static void polled_bytes_go_straight_to_the_port(void **state)
{
    (void)state;
    assert_int_equal(uart_write(&uart, text, 5), 5);
    assert_int_equal(chip.waiting, 5);
    write_all(text + 5, 995);
    assert_true(chip.sent_length >= 1000 - MOCK_FIFO);
    while (!uart_drain(&uart)) {
    }
    assert_all_sent(1000);
}

static void a_port_without_a_fifo_gets_byte_after_byte(void **state)
{
    (void)state;
    chip.without_fifo = true;
    set_up();
    assert_int_equal(uart.burst_bytes, 1);
    write_all(text, 100);
    uart_interrupts(&uart, true);
    write_all(text + 100, 100);
    run(1000);
    assert_all_sent(200);
}

static void a_port_that_was_never_ready_is_given_up_after_two_million_looks(void **state)
{
    (void)state;
    memset(&chip, 0, sizeof chip);
    chip.waiting = 1;
    chip.held = true;
    uart_find(&uart);
    for (int i = 1; i < UART_LOOKS; i++) {
        assert_false(uart_drain(&uart));
    }
    assert_int_equal(uart.state, UART_UNPROVEN);
    assert_true(uart_drain(&uart));
    assert_int_equal(uart.state, UART_GIVEN_UP);
}

static void what_is_sent_to_a_port_that_was_given_up_is_dropped_until_it_is_ready(void **state)
{
    (void)state;
    memset(&chip, 0, sizeof chip);
    chip.waiting = 1;
    chip.held = true;
    set_up();
    assert_int_equal(uart_write(&uart, "dropped", 7), 7);
    uart_interrupts(&uart, true);
    write_all(text, sizeof text);
    assert_true(uart_drain(&uart));
    uart_interrupts(&uart, false);
    chip.held = false;
    mock_tick();
    chip.sent_length = 0;
    uart_interrupts(&uart, true);
    write_all(text, 7);
    run(20);
    assert_int_equal(uart.state, UART_PROVEN);
    assert_all_sent(7);
}

static void a_port_that_was_ready_once_is_waited_for(void **state)
{
    (void)state;
    write_all(text, MOCK_FIFO);
    chip.held = true;
    for (int i = 0; i < 2 * UART_LOOKS; i++) {
        assert_int_equal(uart_write(&uart, text + MOCK_FIFO, 1), 0);
    }
    assert_false(uart_drain(&uart));
    chip.held = false;
    write_all(text + MOCK_FIFO, 100);
    while (!uart_drain(&uart)) {
    }
    assert_all_sent(MOCK_FIFO + 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_that_is_not_there_does_nothing_at_once),
        cmocka_unit_test_setup(the_line_is_set_to_115200_baud_and_8n1_without_interrupts, fresh_chip),
        cmocka_unit_test_setup(what_was_sent_before_leaves_before_the_line_is_set, fresh_chip),
        cmocka_unit_test_setup(a_port_that_goes_on_has_lost_nothing, fresh_chip),
        cmocka_unit_test_setup(polled_bytes_go_straight_to_the_port, fresh_chip),
        cmocka_unit_test_setup(a_port_without_a_fifo_gets_byte_after_byte, fresh_chip),
        cmocka_unit_test(a_port_that_was_never_ready_is_given_up_after_two_million_looks),
        cmocka_unit_test_setup(what_is_sent_to_a_port_that_was_given_up_is_dropped_until_it_is_ready, fresh_chip),
        cmocka_unit_test_setup(a_port_that_was_ready_once_is_waited_for, fresh_chip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
