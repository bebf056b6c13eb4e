/* core/uart.h with interrupts on, which come as edges: nothing is lost, and nothing changes its order. */
#include "tests/uart_fixture.h"

#include "tests/random.h"

/* The transmitter's interrupt is on only while something waits. */
static void a_written_line_leaves_by_interrupts_alone(void **state)
{
    (void)state;
    assert_int_equal(chip.modem, 0x0B);
    assert_int_equal(chip.enabled, 0x01);
    assert_int_equal(uart_write(&uart, text, 100), 100);
    assert_int_equal(chip.waiting, MOCK_FIFO);
    assert_int_equal(chip.enabled, 0x03);
    run(200);
    assert_all_sent(100);
    assert_int_equal(chip.enabled, 0x01);
    assert_false(chip.level);
}

/* With interrupts masked: the writer itself moves the ring on. */
static void more_than_the_ring_holds_leaves_in_order_without_an_interrupt(void **state)
{
    (void)state;
    write_all(text, sizeof text);
    assert_true(chip.sent_length >= sizeof text - UART_SENT_BYTES - MOCK_FIFO);
    while (!uart_drain(&uart)) {
    }
    assert_all_sent(sizeof text);
    assert_int_equal(chip.enabled, 0x01);
}

static void a_held_up_line_takes_what_the_ring_holds_and_no_more(void **state)
{
    (void)state;
    chip.held = true;
    assert_int_equal(uart_write(&uart, text, sizeof text), UART_SENT_BYTES);
    assert_int_equal(uart_write(&uart, text + UART_SENT_BYTES, 100), MOCK_FIFO);
    assert_int_equal(uart_write(&uart, text + UART_SENT_BYTES + MOCK_FIFO, 100), 0);
    assert_false(uart_drain(&uart));
    chip.held = false;
    run(2 * UART_SENT_BYTES);
    assert_all_sent(UART_SENT_BYTES + MOCK_FIFO);
}

/* Some ports do not tell that they have room when the interrupt is turned on and they had it before. */
static void a_port_that_forgets_an_interrupt_goes_on_with_the_next_write(void **state)
{
    (void)state;
    chip.forgets = true;
    write_all(text, 20);
    run(100);
    assert_all_sent(20);
    write_all(text + 20, 20);
    chip.room_pending = chip.level = false; /* lost for another reason */
    chip.edges = 0;
    run(100);
    write_all(text + 40, 1);
    run(100);
    assert_all_sent(41);
}

static void turning_interrupts_off_again_goes_on_in_order(void **state)
{
    (void)state;
    write_all(text, 500);
    while (!uart_drain(&uart)) {
    }
    uart_interrupts(&uart, false);
    assert_int_equal(chip.enabled, 0);
    write_all(text + 500, 500);
    uart_interrupts(&uart, true);
    uart_interrupts(&uart, true);
    write_all(text + 1000, 500);
    uart_interrupts(&uart, true); /* once more keeps what waits */
    run(1000);
    assert_all_sent(1500);
}

static void received_bytes_are_taken_in_order_polled_or_not(void **state)
{
    (void)state;
    for (int on = 0; on < 2; on++) {
        uart_interrupts(&uart, on);
        assert_int_equal(uart_take(&uart), -1);
        mock_receive(0xFF);
        mock_receive(0x00);
        if (on) {
            assert_int_equal(chip.edges, 1);
            assert_true(uart_interrupt(&uart));
            assert_int_equal(chip.received, 0);
        }
        assert_int_equal(uart_take(&uart), 0xFF);
        assert_int_equal(uart_take(&uart), 0x00);
        assert_int_equal(uart_take(&uart), -1);
        assert_false(uart_interrupt(&uart));
    }
}

/* The ring, then the FIFO, then the sender: the port's interrupt is off while there is no room for what it would bring. */
static void a_reader_who_is_late_loses_nothing_that_the_line_can_hold_back(void **state)
{
    (void)state;
    uint32_t came = 0, taken = 0;
    while (came < UART_RECEIVED_BYTES + MOCK_FIFO) {
        assert_true(mock_receive((uint8_t)(came++ * 3)));
        run(1);
    }
    assert_int_equal(chip.enabled, 0x00);
    write_all(text, 100);
    run(200); /* interrupts of the transmitter do not change that */
    assert_all_sent(100);
    assert_int_equal(chip.received, MOCK_FIFO);
    for (int byte; (byte = uart_take(&uart)) >= 0; taken++) {
        assert_int_equal(byte, (uint8_t)(taken * 3));
        if (came < 2000 && chip.received < MOCK_FIFO) {
            mock_receive((uint8_t)(came++ * 3));
        }
    }
    assert_int_equal(taken, came);
    assert_int_equal(came, 2000);
    assert_int_equal(uart.overruns, 0);
    assert_int_equal(chip.enabled, 0x01);
    mock_receive('x');
    run(1);
    assert_int_equal(uart_take(&uart), 'x');
}

static void what_the_port_had_to_drop_is_counted(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MOCK_FIFO; i++) {
        assert_true(mock_receive('a'));
    }
    assert_false(mock_receive('b'));
    run(1);
    assert_int_equal(uart.overruns, 1);
    for (uint32_t i = 0; i < MOCK_FIFO; i++) {
        assert_int_equal(uart_take(&uart), 'a');
    }
    assert_int_equal(uart_take(&uart), -1);
    assert_int_equal(uart.overruns, 1);
}

static void an_interrupt_of_the_modem_is_answered(void **state)
{
    (void)state;
    chip.modem_changed = true;
    run(2);
    assert_false(chip.modem_changed);
    assert_false(chip.level);
}

/* What is left gets a new edge. */
static void a_port_that_is_never_content_is_left_after_a_while(void **state)
{
    (void)state;
    chip.restless = true;
    mock_update();
    chip.edges = 0;
    size_t accesses = chip.accesses;
    uart_interrupt(&uart);
    assert_in_range(chip.accesses - accesses, 32, 200);
    assert_int_equal(chip.edges, 1);
    chip.restless = false;
    run(2);
    assert_false(chip.level);
}

static void a_random_day_loses_nothing(void **state)
{
    (void)state;
    struct random random = random_seeded("uart");
    size_t written = 0;
    uint32_t came = 0, taken = 0;
    while (written + UART_SENT_BYTES < MOCK_SENT_MAX) {
        size_t length = 1 + (size_t)random_below(&random, 40);
        chip.held = random_below(&random, 3) == 0;
        for (size_t i = 0; i < length; i++) {
            text[i] = (char)((written + i) * 31 >> 4);
        }
        written += uart_write(&uart, text, length);
        run((size_t)random_below(&random, 50));
        for (uint64_t i = random_below(&random, 30); i > 0 && chip.received < MOCK_FIFO; i--) {
            mock_receive((uint8_t)(came++ * 7));
        }
        for (uint64_t i = random_below(&random, 30); i > 0 && taken < came; i--, taken++) {
            assert_int_equal(uart_take(&uart), (uint8_t)(taken * 7));
        }
    }
    chip.held = false;
    run(2 * UART_SENT_BYTES);
    assert_int_equal(chip.sent_length, written);
    assert_int_equal(chip.lost, 0);
    for (size_t i = 0; i < written; i++) {
        assert_int_equal(chip.sent[i], (char)(i * 31 >> 4));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_written_line_leaves_by_interrupts_alone, fresh_interrupts),
        cmocka_unit_test_setup(more_than_the_ring_holds_leaves_in_order_without_an_interrupt, fresh_interrupts),
        cmocka_unit_test_setup(a_held_up_line_takes_what_the_ring_holds_and_no_more, fresh_interrupts),
        cmocka_unit_test_setup(a_port_that_forgets_an_interrupt_goes_on_with_the_next_write, fresh_interrupts),
        cmocka_unit_test_setup(turning_interrupts_off_again_goes_on_in_order, fresh_interrupts),
        cmocka_unit_test_setup(received_bytes_are_taken_in_order_polled_or_not, fresh_chip),
        cmocka_unit_test_setup(a_reader_who_is_late_loses_nothing_that_the_line_can_hold_back, fresh_interrupts),
        cmocka_unit_test_setup(what_the_port_had_to_drop_is_counted, fresh_interrupts),
        cmocka_unit_test_setup(an_interrupt_of_the_modem_is_answered, fresh_interrupts),
        cmocka_unit_test_setup(a_port_that_is_never_content_is_left_after_a_while, fresh_interrupts),
        cmocka_unit_test_setup(a_random_day_loses_nothing, fresh_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
