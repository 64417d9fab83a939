from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0001_tables'),
    ]

    operations = [
        migrations.AlterField(
            model_name='mailbox',
            name='smtp_host',
            field=models.CharField(blank=True, help_text="Empty: that of the address's provider, where it is a well-known one.", max_length=253, verbose_name='Server for sending (SMTP)'),
        ),
    ]
